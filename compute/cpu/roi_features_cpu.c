/* SPDX-License-Identifier: MIT */
/* RoIAlign (He et al. 2017, Mask R-CNN, section 3; torchvision's
 * roi_align_kernel.cpp) and RoIPool (Girshick 2015; Caffe's
 * roi_pooling_layer.cpp).  Channels lie together, so every bilinear sample is
 * four runs of memory added with four weights. */
#include <math.h>
#include <string.h>

#include "compute/cpu/ops_cpu.h"

/* ----------------------------------------------------------------- RoIAlign */

struct bilinear {
    int64_t at[4];   /* offsets of the four places, in floats */
    float weight[4]; /* all 0 outside the map */
};

/* torchvision's roi_align_common.h: samples up to one place outside the map
 * take the border's value, those further out are 0. */
static struct bilinear bilinear_at(const struct det_tensor *map, float y,
                                   float x)
{
    struct bilinear b = {{0}, {0}};
    if (!(y >= -1.0f && y <= (float)map->h && x >= -1.0f &&
          x <= (float)map->w))
        return b;
    y = y <= 0.0f ? 0.0f : y;
    x = x <= 0.0f ? 0.0f : x;
    int32_t y0 = (int32_t)y, x0 = (int32_t)x, y1 = y0 + 1, x1 = x0 + 1;
    if (y0 >= map->h - 1) {
        y0 = y1 = map->h - 1;
        y = (float)y0;
    }
    if (x0 >= map->w - 1) {
        x0 = x1 = map->w - 1;
        x = (float)x0;
    }
    const float fy = y - (float)y0, fx = x - (float)x0;
    const int64_t row0 = (int64_t)y0 * map->w, row1 = (int64_t)y1 * map->w;
    b.at[0] = (row0 + x0) * map->c;
    b.at[1] = (row0 + x1) * map->c;
    b.at[2] = (row1 + x0) * map->c;
    b.at[3] = (row1 + x1) * map->c;
    b.weight[0] = (1.0f - fy) * (1.0f - fx);
    b.weight[1] = (1.0f - fy) * fx;
    b.weight[2] = fy * (1.0f - fx);
    b.weight[3] = fy * fx;
    return b;
}

static void add_sample(float *restrict out, const float *restrict map,
                       const struct bilinear *b, int32_t channels)
{
    const float *restrict p0 = map + b->at[0], *restrict p1 = map + b->at[1];
    const float *restrict p2 = map + b->at[2], *restrict p3 = map + b->at[3];
    for (int32_t k = 0; k < channels; k++)
        out[k] += b->weight[0] * p0[k] + b->weight[1] * p1[k] +
                  b->weight[2] * p2[k] + b->weight[3] * p3[k];
}

/* A RoI on its map: start and bin size in map places, samples per bin. */
struct aligned_roi {
    float y, x, bin_h, bin_w;
    int32_t grid_h, grid_w;
};

static int32_t grid_side(int32_t sampling, float roi, int32_t side)
{
    if (sampling > 0)
        return sampling;
    const float wanted = ceilf(roi / (float)side);
    return wanted > 0.0f ? (int32_t)fminf(wanted, 4096.0f) : 0;
}

static struct aligned_roi place_roi(const struct det_roi_features *op,
                                    const struct det_box *box, float scale)
{
    const float shift = op->aligned ? 0.5f : 0.0f;
    const int32_t side = op->out.h;
    struct aligned_roi roi = {.y = box->y1 * scale - shift,
                              .x = box->x1 * scale - shift};
    float h = box->y2 * scale - shift - roi.y;
    float w = box->x2 * scale - shift - roi.x;
    if (!op->aligned) { /* the first version made empty RoIs one place */
        h = fmaxf(h, 1.0f);
        w = fmaxf(w, 1.0f);
    }
    roi.bin_h = h / (float)side;
    roi.bin_w = w / (float)side;
    roi.grid_h = grid_side(op->sampling, h, side);
    roi.grid_w = grid_side(op->sampling, w, side);
    return roi;
}

static void align_bin(float *out, const struct det_tensor *map,
                      const struct aligned_roi *roi, int32_t py, int32_t px)
{
    memset(out, 0, (size_t)map->c * sizeof *out);
    for (int32_t iy = 0; iy < roi->grid_h; iy++) {
        const float y =
            roi->y + (float)py * roi->bin_h +
            ((float)iy + 0.5f) * roi->bin_h / (float)roi->grid_h;
        for (int32_t ix = 0; ix < roi->grid_w; ix++) {
            const float x =
                roi->x + (float)px * roi->bin_w +
                ((float)ix + 0.5f) * roi->bin_w / (float)roi->grid_w;
            const struct bilinear sample = bilinear_at(map, y, x);
            add_sample(out, map->data, &sample, map->c);
        }
    }
    const int32_t samples = roi->grid_h * roi->grid_w;
    const float count = (float)(samples > 1 ? samples : 1);
    for (int32_t k = 0; k < map->c; k++)
        out[k] /= count;
}

static void align_roi(const struct det_roi_features *op, int32_t r,
                      const struct det_tensor *map, float scale)
{
    const struct aligned_roi roi = place_roi(op, &op->boxes[r], scale);
    float *out = op->out.data + r * det_tensor_stride(&op->out);
    for (int32_t py = 0; py < op->out.h; py++)
        for (int32_t px = 0; px < op->out.w; px++, out += op->out.c)
            align_bin(out, map, &roi, py, px);
}

/* ------------------------------------------------------------------ RoIPool */

/* Bin `index` of `count` over [start, start + size), clipped to the map. */
static void pool_range(int32_t range[2], int32_t start, int32_t size,
                       int32_t index, int32_t count, int32_t limit)
{
    const float bin = (float)size / (float)count;
    const int32_t begin = (int32_t)floorf((float)index * bin) + start;
    const int32_t end = (int32_t)ceilf((float)(index + 1) * bin) + start;
    range[0] = begin < 0 ? 0 : begin > limit ? limit : begin;
    range[1] = end < 0 ? 0 : end > limit ? limit : end;
}

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
    const struct det_box *box = &op->boxes[r];
    const int32_t x1 = (int32_t)roundf(box->x1 * scale);
    const int32_t y1 = (int32_t)roundf(box->y1 * scale);
    const int32_t x2 = (int32_t)roundf(box->x2 * scale);
    const int32_t y2 = (int32_t)roundf(box->y2 * scale);
    const int32_t h = y2 - y1 + 1 > 1 ? y2 - y1 + 1 : 1;
    const int32_t w = x2 - x1 + 1 > 1 ? x2 - x1 + 1 : 1;
    float *out = op->out.data + r * det_tensor_stride(&op->out);
    for (int32_t py = 0; py < op->out.h; py++)
        for (int32_t px = 0; px < op->out.w; px++, out += op->out.c) {
            int32_t rows[2], columns[2];
            pool_range(rows, y1, h, py, op->out.h, map->h);
            pool_range(columns, x1, w, px, op->out.w, map->w);
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
        if (op->kind == DET_ROI_ALIGN)
            align_roi(op, r, &op->maps[index], op->scales[index]);
        else
            pool_roi(op, r, &op->maps[index], op->scales[index]);
    }
    return DET_OK;
}
