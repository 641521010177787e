/* SPDX-License-Identifier: MIT */
/* How a photo's bytes become the network's channels. */
#ifndef COMPUTE_PIXEL_LAYOUT_H
#define COMPUTE_PIXEL_LAYOUT_H

#include "base/on_device.h"
#include "compute/ops.h"

enum { DET_RGB = 3 };

struct det_pixel_layout {
    int32_t step;            /* bytes from one pixel to the next */
    int32_t offset[DET_RGB]; /* where the network's channel c lies in it */
};

static inline struct det_pixel_layout
det_pixel_layout_of(const struct det_resize *op)
{
    static const struct det_pixel_layout formats[] = {
        {3, {0, 1, 2}}, /* DET_PIXEL_RGB8 */
        {3, {2, 1, 0}}, /* DET_PIXEL_BGR8 */
        {1, {0, 0, 0}}, /* DET_PIXEL_GRAY8 */
        {4, {0, 1, 2}}  /* DET_PIXEL_RGBA8 */
    };
    struct det_pixel_layout layout = formats[op->pixels.format];
    if (op->bgr) {
        const int32_t red = layout.offset[0];
        layout.offset[0] = layout.offset[2];
        layout.offset[2] = red;
    }
    return layout;
}

/* What a byte of the network's channel c is to the network. */
static inline DET_ON_DEVICE float det_pixel_value(const struct det_resize *op,
                                                  int c, int byte)
{
    return ((float)byte / op->unit - op->mean[c]) / op->std[c];
}

#endif
