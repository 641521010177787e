/* SPDX-License-Identifier: MIT */
/* RoIs overlap, so two of them may add to one place: each thread has a range
 * of channels to itself and takes all RoIs in order. */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/roi_places.h"

/* Channels [first, end). */
struct range {
    int32_t first, end;
};

/* ----------------------------------------------------------------- RoIAlign */

static void add_sample(float *map, const struct det_bilinear *b,
                       const float *gradient, float share, struct range range)
{
    for (int i = 0; i < 4; i++) {
        float *restrict to = map + b->at[i];
        const float weight = b->weight[i] * share;
        for (int32_t k = range.first; k < range.end; k++)
            to[k] += weight * gradient[k];
    }
}

static void align_bin(const struct det_tensor *map,
                      const struct det_aligned_roi *roi, int32_t py, int32_t px,
                      const float *gradient, struct range range)
{
    const float share = 1.0f / det_roi_samples(roi);
    for (int32_t iy = 0; iy < roi->grid_h; iy++) {
        const float y =
            det_roi_sample_at(roi->y, roi->bin_h, roi->grid_h, py, iy);
        for (int32_t ix = 0; ix < roi->grid_w; ix++) {
            const float x =
                det_roi_sample_at(roi->x, roi->bin_w, roi->grid_w, px, ix);
            const struct det_bilinear sample = det_bilinear_at(map, y, x);
            add_sample(map->data, &sample, gradient, share, range);
        }
    }
}

static void align_roi(const struct det_roi_features_backward *op, int32_t r,
                      const struct det_tensor *map, float scale,
                      struct range range)
{
    const struct det_tensor *g = &op->gradient;
    const struct det_aligned_roi roi =
        det_place_roi(&op->roi, &op->roi.boxes[r], scale);
    const float *gradient = g->data + r * det_tensor_stride(g);
    for (int32_t py = 0; py < g->h; py++)
        for (int32_t px = 0; px < g->w; px++, gradient += g->c)
            align_bin(map, &roi, py, px, gradient, range);
}

/* ------------------------------------------------------------------ RoIPool */

/* The first maximum of a bin, for each channel. */
static void pool_bin(float *to, const struct det_tensor *map,
                     const int32_t rows[2], const int32_t columns[2],
                     const float *gradient, struct range range)
{
    if (rows[0] >= rows[1] || columns[0] >= columns[1])
        return;
    for (int32_t k = range.first; k < range.end; k++) {
        int64_t best = ((int64_t)rows[0] * map->w + columns[0]) * map->c + k;
        for (int32_t y = rows[0]; y < rows[1]; y++)
            for (int32_t x = columns[0]; x < columns[1]; x++) {
                const int64_t at = ((int64_t)y * map->w + x) * map->c + k;
                if (map->data[at] > map->data[best])
                    best = at;
            }
        to[best] += gradient[k];
    }
}

static void pool_roi(const struct det_roi_features_backward *op, int32_t r,
                     const struct det_tensor *to, const struct det_tensor *map,
                     float scale, struct range range)
{
    const struct det_tensor *g = &op->gradient;
    const struct det_pooled_roi roi =
        det_place_pooled_roi(&op->roi.boxes[r], scale);
    const float *gradient = g->data + r * det_tensor_stride(g);
    for (int32_t py = 0; py < g->h; py++)
        for (int32_t px = 0; px < g->w; px++, gradient += g->c) {
            int32_t rows[2], columns[2];
            det_pool_range(rows, roi.y, roi.h, py, g->h, map->h);
            det_pool_range(columns, roi.x, roi.w, px, g->w, map->w);
            pool_bin(to->data, map, rows, columns, gradient, range);
        }
}

/* ----------------------------------------------------------------- the slot */

static void run_range(const struct det_roi_features_backward *op,
                      struct range range)
{
    const struct det_roi_features *roi = &op->roi;
    for (int32_t r = 0; r < op->gradient.n; r++) {
        const int32_t index = roi->map_index ? roi->map_index[r] : 0;
        const float scale = roi->scales[index];
        if (!op->maps[index].tensor.data)
            continue;
        const struct det_tensor to =
            det_roi_map(roi, &op->maps[index].tensor, r);
        if (roi->kind == DET_ROI_ALIGN) {
            align_roi(op, r, &to, scale, range);
        } else {
            const struct det_tensor map =
                det_roi_map(roi, &roi->maps[index], r);
            pool_roi(op, r, &to, &map, scale, range);
        }
    }
}

det_status
det_roi_features_backward_cpu(struct det_compute *compute,
                              const struct det_roi_features_backward *op)
{
    const int shares = compute->threads;
    const int32_t c = op->gradient.c;
    for (int i = 0; i < op->roi.num_maps; i++) {
        const struct det_gradient *g = &op->maps[i];
        if (g->tensor.data && !g->add)
            memset(g->tensor.data, 0,
                   (size_t)det_tensor_count(&g->tensor) * sizeof(float));
    }
#pragma omp parallel for schedule(static, 1) num_threads(shares)
    for (int i = 0; i < shares; i++)
        run_range(op, (struct range){c * i / shares, c * (i + 1) / shares});
    return DET_OK;
}
