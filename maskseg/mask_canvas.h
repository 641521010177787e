/* SPDX-License-Identifier: MIT */
/*
 * Small masks of RoIs added up in the pixels of their photo, and the small
 * mask of the sum.  There is one buffer of the photo's size; only the pixels of
 * the boxes that are painted are touched.
 *
 * Source: MNC lib/transform/mask_transform.py mask_aggregation, and
 * lib/nms/mv_kernel.cu, which does the same with soft masks on other pixels.
 */
#ifndef MASKSEG_MASK_CANVAS_H
#define MASKSEG_MASK_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry/box.h"

enum det_canvas_rule {
    /* mask_aggregation: masks are resized to their box's pixels as by OpenCV
     * (half-pixel centres), each is 1 from the threshold on, else 0, and so is
     * the sum */
    DET_CANVAS_BINARY,
    /* mv_kernel.cu: soft masks, sampled at (pixel - corner) * side / size
     * without a shift by half a place and without interpolation in the last
     * row and column; the sum is 1 above the threshold */
    DET_CANVAS_SOFT
};

/* Pixels, first and behind the last. */
struct det_pixel_rect {
    int32_t x1, y1, x2, y2;
};

struct det_mask_canvas {
    float *sums; /* [height, width], the caller's */
    int32_t width, height;
    enum det_canvas_rule rule;
    float threshold;            /* 0.4 */
    struct det_pixel_rect used; /* what `sums` is valid in; else it is 0 */
};

/* Masks with weights.  Boxes lie within the canvas. */
struct det_canvas_votes {
    const struct det_box *boxes; /* pixels of the photo */
    const float *masks;          /* [.., side, side], 0..1, of the boxes */
    int32_t side;
    const int32_t *voters; /* [count] places in boxes and masks */
    const float *weights;  /* [count] */
    int32_t count;
};

/* The sum of the votes, in place of what was there; in order at each pixel,
 * whatever the threads. */
void det_mask_canvas_paint(struct det_mask_canvas *canvas,
                           const struct det_canvas_votes *votes, int threads);

/* The tight box of the sum's pixels from the threshold on (above it, soft);
 * where there is none the pixel in the middle of the photo. */
struct det_pixel_rect
det_mask_canvas_bounds(const struct det_mask_canvas *canvas);

/* out [side, side]: the sum within `rect`, not empty, resized. */
void det_mask_canvas_cut(float *out, const struct det_mask_canvas *canvas,
                         struct det_pixel_rect rect, int32_t side);

#endif
