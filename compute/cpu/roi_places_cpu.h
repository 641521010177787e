/* SPDX-License-Identifier: MIT */
/* Where the samples of RoIAlign and the bins of RoIPool lie. */
#ifndef COMPUTE_CPU_ROI_PLACES_CPU_H
#define COMPUTE_CPU_ROI_PLACES_CPU_H

#include <math.h>

#include "compute/ops.h"

struct det_bilinear {
    int64_t at[4];   /* offsets of the four places, in floats */
    float weight[4]; /* all 0 outside the map */
};

/* torchvision's roi_align_common.h: samples up to one place outside the map
 * take the border's value, those further out are 0. */
static inline struct det_bilinear det_bilinear_at(const struct det_tensor *map,
                                                  float y, float x)
{
    struct det_bilinear b = {{0}, {0}};
    if (!(y >= -1.0f && y <= (float)map->h && x >= -1.0f && x <= (float)map->w))
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

/* A RoI on its map: start and bin size in map places, samples per bin. */
struct det_aligned_roi {
    float y, x, bin_h, bin_w;
    int32_t grid_h, grid_w;
};

static inline int32_t det_grid_side(int32_t sampling, float roi, int32_t side)
{
    if (sampling > 0)
        return sampling;
    const float wanted = ceilf(roi / (float)side);
    return wanted > 0.0f ? (int32_t)fminf(wanted, 4096.0f) : 0;
}

static inline struct det_aligned_roi
det_place_roi(const struct det_roi_features *op, const struct det_box *box,
              float scale)
{
    const float shift = op->aligned ? 0.5f : 0.0f;
    const int32_t side = op->out.h;
    struct det_aligned_roi roi = {.y = box->y1 * scale - shift,
                                  .x = box->x1 * scale - shift};
    float h = box->y2 * scale - shift - roi.y;
    float w = box->x2 * scale - shift - roi.x;
    if (!op->aligned) { /* the first version made empty RoIs one place */
        h = fmaxf(h, 1.0f);
        w = fmaxf(w, 1.0f);
    }
    roi.bin_h = h / (float)side;
    roi.bin_w = w / (float)side;
    roi.grid_h = det_grid_side(op->sampling, h, side);
    roi.grid_w = det_grid_side(op->sampling, w, side);
    return roi;
}

/* Bin `index` of `count` over [start, start + size), clipped to the map. */
static inline void det_pool_range(int32_t range[2], int32_t start, int32_t size,
                                  int32_t index, int32_t count, int32_t limit)
{
    const float bin = (float)size / (float)count;
    const int32_t begin = (int32_t)floorf((float)index * bin) + start;
    const int32_t end = (int32_t)ceilf((float)(index + 1) * bin) + start;
    range[0] = begin < 0 ? 0 : begin > limit ? limit : begin;
    range[1] = end < 0 ? 0 : end > limit ? limit : end;
}

/* The bins of one RoI of RoIPool. */
struct det_pooled_roi {
    int32_t y, x, h, w; /* map places */
};

static inline struct det_pooled_roi
det_place_pooled_roi(const struct det_box *box, float scale)
{
    const int32_t x1 = (int32_t)roundf(box->x1 * scale);
    const int32_t y1 = (int32_t)roundf(box->y1 * scale);
    const int32_t x2 = (int32_t)roundf(box->x2 * scale);
    const int32_t y2 = (int32_t)roundf(box->y2 * scale);
    return (struct det_pooled_roi){y1, x1, y2 - y1 + 1 > 1 ? y2 - y1 + 1 : 1,
                                   x2 - x1 + 1 > 1 ? x2 - x1 + 1 : 1};
}

/* One image's map. */
static inline struct det_tensor det_roi_map(const struct det_roi_features *op,
                                            const struct det_tensor *maps,
                                            int32_t r)
{
    struct det_tensor map = *maps;
    map.n = 1;
    if (op->image_index)
        map.data += op->image_index[r] * det_tensor_stride(maps);
    return map;
}

#endif
