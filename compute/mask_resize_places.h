/* SPDX-License-Identifier: MIT */
/* Where the samples of resized masks lie. */
#ifndef COMPUTE_MASK_RESIZE_PLACES_H
#define COMPUTE_MASK_RESIZE_PLACES_H

#include "base/on_device.h"
#include "compute/bilinear_tap.h"
#include "compute/ops.h"

/* No half-pixel shift: place p of the output lies at p * in / out. */
static inline DET_ON_DEVICE struct det_tap det_mask_tap(int32_t place,
                                                        int32_t in, int32_t out)
{
    return det_tap_at((float)place * ((float)in / (float)out), in);
}

/* Four places of the input and their weights. */
struct det_mask_corners {
    int64_t at[4]; /* offsets in elements from the map's first */
    float weight[4];
};

/* Of place (y, x) of the output; weights of 0 outside. */
static inline DET_ON_DEVICE struct det_mask_corners
det_mask_corners(const struct det_mask_resize *op, int32_t y, int32_t x)
{
    const struct det_tap row = det_mask_tap(y, op->in.h, op->out.h);
    const struct det_tap column = det_mask_tap(x, op->in.w, op->out.w);
    const int64_t above = (int64_t)row.low * op->in.w;
    const int64_t below = (int64_t)row.high * op->in.w;
    const float inside = row.inside && column.inside ? 1.0f : 0.0f;
    const float top = inside * (1.0f - row.weight);
    const float bottom = inside * row.weight;
    const struct det_mask_corners corners = {
        {(above + column.low) * op->in.c, (above + column.high) * op->in.c,
         (below + column.low) * op->in.c, (below + column.high) * op->in.c},
        {top * (1.0f - column.weight), top * column.weight,
         bottom * (1.0f - column.weight), bottom * column.weight}};
    return corners;
}

#endif
