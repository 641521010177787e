/* SPDX-License-Identifier: MIT */
/* RoIAlign (He et al. 2017, Mask R-CNN, section 3; torchvision's
 * roi_align_kernel.cpp) and RoIPool (Girshick 2015; Caffe's
 * roi_pooling_layer.cpp).  Channels lie together, so every bilinear sample is
 * four runs of memory added with four weights; where samples share places, the
 * runs of a bin are added once (roi_bin_cpu.h). */
#include <math.h>
#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/conv2d_epilogue_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/roi_bin_cpu.h"
#include "compute/roi_places.h"

/* ----------------------------------------------------------------- RoIAlign */

DET_CPU_CLONES
static void add_sample(float *restrict out, const float *restrict map,
                       const struct det_bilinear *b, int32_t channels)
{
    const float *restrict p0 = map + b->at[0], *restrict p1 = map + b->at[1];
    const float *restrict p2 = map + b->at[2], *restrict p3 = map + b->at[3];
    for (int32_t k = 0; k < channels; k++)
        out[k] += b->weight[0] * p0[k] + b->weight[1] * p1[k] +
                  b->weight[2] * p2[k] + b->weight[3] * p3[k];
}

/* Sample by sample, in torchvision's order. */
static void align_bin(float *out, const struct det_tensor *map,
                      const struct det_aligned_roi *roi, int32_t py, int32_t px)
{
    memset(out, 0, (size_t)map->c * sizeof *out);
    for (int32_t iy = 0; iy < roi->grid_h; iy++) {
        const float y =
            det_roi_sample_at(roi->y, roi->bin_h, roi->grid_h, py, iy);
        for (int32_t ix = 0; ix < roi->grid_w; ix++) {
            const float x =
                det_roi_sample_at(roi->x, roi->bin_w, roi->grid_w, px, ix);
            const struct det_bilinear sample = det_bilinear_at(map, y, x);
            add_sample(out, map->data, &sample, map->c);
        }
    }
    const float count = det_roi_samples(roi);
    for (int32_t k = 0; k < map->c; k++)
        out[k] /= count;
}

/* What follows the sums of one RoI, as a convolution's. */
static void finish_roi(const struct det_roi_features *op, int32_t r)
{
    const struct det_conv2d rest = {
        .out = op->out, .norm = op->norm, .relu = op->relu};
    const int64_t bins = (int64_t)op->out.h * op->out.w;
    float *out = op->out.data + r * det_tensor_stride(&op->out);
    for (int64_t bin = 0; op->bias && bin < bins; bin++, out += op->out.c)
        for (int32_t k = 0; k < op->out.c; k++)
            out[k] += op->bias[k];
    det_conv2d_finish(&rest, &(struct det_conv2d_part){.first_place = r * bins,
                                                       .places = bins,
                                                       .channels = op->out.c});
}

static bool find_rows(struct det_bin_axis *rows, const struct det_tensor *map,
                      const struct det_aligned_roi *roi, int32_t py)
{
    return det_bin_axis(rows, &(struct det_bin_samples){
                                  roi->y, roi->bin_h, roi->grid_h, py, map->h});
}

static bool find_columns(struct det_bin_axis *columns,
                         const struct det_tensor *map,
                         const struct det_aligned_roi *roi, int32_t px)
{
    return det_bin_axis(
        columns,
        &(struct det_bin_samples){roi->x, roi->bin_w, roi->grid_w, px, map->w});
}

/* Place by place where the samples are close enough together for that. */
static void align_roi(const struct det_roi_features *op, int32_t r,
                      const struct det_tensor *map, float scale, bool in_order)
{
    const struct det_aligned_roi roi = det_place_roi(op, &op->boxes[r], scale);
    float *out = op->out.data + r * det_tensor_stride(&op->out);
    for (int32_t y = 0; y < op->out.h; y++) {
        struct det_bin_axis rows, columns;
        const int32_t py = y * op->step;
        const bool close = !in_order && find_rows(&rows, map, &roi, py);
        for (int32_t x = 0; x < op->out.w; x++, out += op->out.c) {
            const int32_t px = x * op->step;
            if (close && find_columns(&columns, map, &roi, px))
                det_bin_sum(out, map, &rows, &columns);
            else
                align_bin(out, map, &roi, py, px);
        }
    }
}

/* ------------------------------------------------------------------ RoIPool */

static void pool_bin(float *restrict out, const struct det_tensor *map,
                     const int32_t rows[2], const int32_t columns[2])
{
    const bool empty = rows[0] >= rows[1] || columns[0] >= columns[1];
    for (int32_t k = 0; k < map->c; k++)
        out[k] = empty ? 0.0f : -INFINITY;
    for (int32_t y = rows[0]; y < rows[1]; y++)
        for (int32_t x = columns[0]; x < columns[1]; x++) {
            const float *restrict in =
                map->data + ((int64_t)y * map->w + x) * map->c;
            for (int32_t k = 0; k < map->c; k++)
                out[k] = in[k] > out[k] ? in[k] : out[k];
        }
}

static void pool_roi(const struct det_roi_features *op, int32_t r,
                     const struct det_tensor *map, float scale)
{
    const struct det_pooled_roi roi =
        det_place_pooled_roi(&op->boxes[r], scale);
    float *out = op->out.data + r * det_tensor_stride(&op->out);
    for (int32_t py = 0; py < op->out.h; py++)
        for (int32_t px = 0; px < op->out.w; px++, out += op->out.c) {
            int32_t rows[2], columns[2];
            det_pool_range(rows, roi.y, roi.h, py * op->step, op->side, map->h);
            det_pool_range(columns, roi.x, roi.w, px * op->step, op->side,
                           map->w);
            pool_bin(out, map, rows, columns);
        }
}

/* ----------------------------------------------------------------- the slot */

det_status det_roi_features_cpu(struct det_compute *compute,
                                const struct det_roi_features *op)
{
#pragma omp parallel for schedule(dynamic, 4) num_threads(compute->threads)
    for (int32_t r = 0; r < op->out.n; r++) {
        const int32_t index = op->map_index ? op->map_index[r] : 0;
        const struct det_tensor map = det_roi_map(op, &op->maps[index], r);
        if (op->kind == DET_ROI_ALIGN)
            align_roi(op, r, &map, op->scales[index], compute->in_order);
        else
            pool_roi(op, r, &map, op->scales[index]);
        if (det_roi_features_finishes(op))
            finish_roi(op, r);
    }
    return DET_OK;
}
