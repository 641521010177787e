/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CPU_POOL_WINDOW_CPU_H
#define COMPUTE_CPU_POOL_WINDOW_CPU_H

#include "compute/ops.h"

/* The part of a window that lies inside the map, and the window's full size
 * inside map and padding (what an average divides by). */
struct det_pool_window {
    int32_t y0, y1, x0, x1;
    int32_t size;
};

static inline int32_t det_smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t det_larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline struct det_pool_window
det_pool_window_at(const struct det_pool *op, int32_t oy, int32_t ox)
{
    const int32_t y = oy * op->stride - op->pad;
    const int32_t x = ox * op->stride - op->pad;
    const int32_t y_end = det_smaller(y + op->kernel, op->in.h + op->pad);
    const int32_t x_end = det_smaller(x + op->kernel, op->in.w + op->pad);
    return (struct det_pool_window){.y0 = det_larger(y, 0),
                                    .y1 = det_smaller(y_end, op->in.h),
                                    .x0 = det_larger(x, 0),
                                    .x1 = det_smaller(x_end, op->in.w),
                                    .size = (y_end - y) * (x_end - x)};
}

#endif
