/* SPDX-License-Identifier: MIT */
/* Where the samples of RoIAlign and the bins of RoIPool lie. */
#ifndef COMPUTE_ROI_PLACES_H
#define COMPUTE_ROI_PLACES_H

#include <math.h>

#include "base/on_device.h"
#include "compute/ops.h"

/* A sample along one axis. */
struct det_roi_tap {
    int32_t low, high; /* places, 0..size - 1; the same at the far border */
    float weight;      /* of high; 1 - weight of low */
    bool inside;       /* else the sample is 0 */
};

/* torchvision's roi_align_common.h: samples up to one place outside the map
 * take the border's value, those further out are 0. */
static inline DET_ON_DEVICE struct det_roi_tap det_roi_tap_at(float at,
                                                              int32_t size)
{
    struct det_roi_tap tap = {0, 0, 0.0f, at >= -1.0f && at <= (float)size};
    if (!tap.inside)
        return tap;
    at = at <= 0.0f ? 0.0f : at;
    tap.low = (int32_t)at;
    if (tap.low >= size - 1) {
        tap.low = tap.high = size - 1;
        return tap;
    }
    tap.high = tap.low + 1;
    tap.weight = at - (float)tap.low;
    return tap;
}

struct det_bilinear {
    int64_t at[4];   /* offsets of the four places, in elements */
    float weight[4]; /* all 0 outside the map */
};

static inline DET_ON_DEVICE struct det_bilinear
det_bilinear_at(const struct det_tensor *map, float y, float x)
{
    struct det_bilinear b = {{0}, {0}};
    const struct det_roi_tap row = det_roi_tap_at(y, map->h);
    const struct det_roi_tap column = det_roi_tap_at(x, map->w);
    if (!row.inside || !column.inside)
        return b;
    const float fy = row.weight, fx = column.weight;
    const int64_t above = (int64_t)row.low * map->w;
    const int64_t below = (int64_t)row.high * map->w;
    b.at[0] = (above + column.low) * map->c;
    b.at[1] = (above + column.high) * map->c;
    b.at[2] = (below + column.low) * map->c;
    b.at[3] = (below + column.high) * map->c;
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

static inline DET_ON_DEVICE int32_t det_grid_side(int32_t sampling, float roi,
                                                  int32_t side)
{
    if (sampling > 0)
        return sampling;
    const float wanted = ceilf(roi / (float)side);
    return wanted > 0.0f ? (int32_t)fminf(wanted, 4096.0f) : 0;
}

static inline DET_ON_DEVICE struct det_aligned_roi
det_place_roi(const struct det_roi_features *op, const struct det_box *box,
              float scale)
{
    const float shift = op->aligned ? 0.5f : 0.0f;
    const int32_t side = op->side;
    struct det_aligned_roi roi = {
        box->y1 * scale - shift, box->x1 * scale - shift, 0.0f, 0.0f, 0, 0};
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

/* Where sample i of bin `index` lies along one axis of a RoI. */
static inline DET_ON_DEVICE float det_roi_sample_at(float start, float bin,
                                                    int32_t grid, int32_t index,
                                                    int32_t i)
{
    return start + (float)index * bin + ((float)i + 0.5f) * bin / (float)grid;
}

/* Samples of a bin, for their mean; a bin without samples is 0. */
static inline DET_ON_DEVICE float
det_roi_samples(const struct det_aligned_roi *roi)
{
    const int32_t samples = roi->grid_h * roi->grid_w;
    return (float)(samples > 1 ? samples : 1);
}

/* Bin `index` of `count` over [start, start + size), clipped to the map. */
static inline DET_ON_DEVICE void det_pool_range(int32_t range[2], int32_t start,
                                                int32_t size, int32_t index,
                                                int32_t count, int32_t limit)
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

static inline DET_ON_DEVICE struct det_pooled_roi
det_place_pooled_roi(const struct det_box *box, float scale)
{
    const int32_t x1 = (int32_t)roundf(box->x1 * scale);
    const int32_t y1 = (int32_t)roundf(box->y1 * scale);
    const int32_t x2 = (int32_t)roundf(box->x2 * scale);
    const int32_t y2 = (int32_t)roundf(box->y2 * scale);
    const struct det_pooled_roi roi = {y1, x1,
                                       y2 - y1 + 1 > 1 ? y2 - y1 + 1 : 1,
                                       x2 - x1 + 1 > 1 ? x2 - x1 + 1 : 1};
    return roi;
}

/* One image's map. */
static inline DET_ON_DEVICE struct det_tensor
det_roi_map(const struct det_roi_features *op, const struct det_tensor *maps,
            int32_t r)
{
    struct det_tensor map = *maps;
    map.n = 1;
    if (op->image_index)
        map.data = det_tensor_image(maps, op->image_index[r]);
    return map;
}

#endif
