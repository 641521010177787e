/* SPDX-License-Identifier: MIT */
/* Where the samples of RoI warping lie. */
#ifndef COMPUTE_ROI_WARP_PLACES_H
#define COMPUTE_ROI_WARP_PLACES_H

#include <math.h>

#include "base/on_device.h"
#include "compute/bilinear_tap.h"
#include "compute/ops.h"

/* One axis of a RoI, in map places. */
struct det_warped_axis {
    float start, bin;
    bool grows; /* it is not inside out, so that its end matters */
};

/* roi_warping_layer.cu: corners are rounded half away from zero, there is no
 * "+ 1", and a RoI that is inside out is empty: all samples at its start. */
static inline DET_ON_DEVICE struct det_warped_axis
det_warp_axis(float low, float high, float scale, int32_t side)
{
    const float start = roundf(low * scale);
    const float size = roundf(high * scale) - start;
    const struct det_warped_axis axis = {start, fmaxf(size, 0.0f) / (float)side,
                                         size >= 0.0f};
    return axis;
}

struct det_warped_roi {
    struct det_warped_axis y, x;
    struct det_tensor map; /* its image's */
};

static inline DET_ON_DEVICE struct det_warped_roi
det_warp_roi(const struct det_roi_warp *op, int32_t r, int32_t side)
{
    const float *box = op->boxes.data + 4 * (int64_t)r;
    const struct det_tensor *map = &op->map;
    struct det_warped_roi roi = {det_warp_axis(box[1], box[3], op->scale, side),
                                 det_warp_axis(box[0], box[2], op->scale, side),
                                 *map};
    roi.map.n = 1;
    if (op->image_index)
        roi.map.data = det_tensor_image(map, op->image_index[r]);
    return roi;
}

/* The sample of bin `index`, which lies at the bin's corner. */
static inline DET_ON_DEVICE struct det_tap
det_warp_tap(const struct det_warped_axis *axis, int32_t index, int32_t size)
{
    return det_tap_at(axis->start + (float)index * axis->bin, size);
}

/* The four places of a sample, as offsets in elements: (low, low), (low,
 * high), (high, low), (high, high) of (y, x). */
struct det_warp_corners {
    int64_t at[4];
};

static inline DET_ON_DEVICE struct det_warp_corners
det_warp_corners(const struct det_tensor *map, const struct det_tap *y,
                 const struct det_tap *x)
{
    const int64_t row = (int64_t)map->w * map->c;
    const struct det_warp_corners corners = {
        {y->low * row + (int64_t)x->low * map->c,
         y->low * row + (int64_t)x->high * map->c,
         y->high * row + (int64_t)x->low * map->c,
         y->high * row + (int64_t)x->high * map->c}};
    return corners;
}

#endif
