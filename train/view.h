/* SPDX-License-Identifier: MIT */
/*
 * How a sample sees its picture: scaled, perhaps turned and mirrored, and cut.
 * Pixels, boxes and masks go through the same view.
 */
#ifndef TRAIN_VIEW_H
#define TRAIN_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry/box.h"

struct det_view {
    int32_t scaled_h, scaled_w; /* the picture, scaled */
    bool transposed;            /* rows and columns exchanged, first */
    bool mirrored, upside_down; /* then these */
    int32_t y, x;               /* then cut: corner, may hang over */
    int32_t height, width;      /* of the sample */
};

/* The sides of the scaled picture after turning. */
int32_t det_view_turned_h(const struct det_view *view);
int32_t det_view_turned_w(const struct det_view *view);

/* out [height, width, 3] of the scaled picture's pixels. */
void det_view_pixels(uint8_t *out, const struct det_view *view,
                     const uint8_t *scaled, const uint8_t fill[3]);

/* out [height, width] of a mask of the picture's own size, by the nearest
 * pixel. */
void det_view_mask(uint8_t *out, const struct det_view *view,
                   const uint8_t *mask, int32_t height, int32_t width);

/* A box of the picture, whose size is given, in the sample; not clipped. */
struct det_box det_view_box(const struct det_view *view, struct det_box box,
                            struct det_extent picture);

#endif
