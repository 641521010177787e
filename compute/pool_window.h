/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_POOL_WINDOW_H
#define COMPUTE_POOL_WINDOW_H

#include "base/on_device.h"
#include "base/smaller.h"
#include "compute/ops.h"

/* The part of a window that lies inside the map, and the window's full size
 * inside map and padding (what an average divides by). */
struct det_pool_window {
    int32_t y0, y1, x0, x1;
    int32_t size;
};

static inline DET_ON_DEVICE struct det_pool_window
det_pool_window_at(const struct det_pool *op, int32_t oy, int32_t ox)
{
    const int32_t y = oy * op->stride - op->pad;
    const int32_t x = ox * op->stride - op->pad;
    const int32_t y_end = det_smaller(y + op->kernel, op->in.h + op->pad);
    const int32_t x_end = det_smaller(x + op->kernel, op->in.w + op->pad);
    struct det_pool_window window;
    window.y0 = det_larger(y, 0);
    window.y1 = det_smaller(y_end, op->in.h);
    window.x0 = det_larger(x, 0);
    window.x1 = det_smaller(x_end, op->in.w);
    window.size = (y_end - y) * (x_end - x);
    return window;
}

#endif
