/* SPDX-License-Identifier: MIT */
/*
 * How pixels of a photo fall onto a small mask of a box (14x14, 21x21 or 28x28
 * probabilities) along one axis, and which values set a pixel.  All rules
 * interpolate into the mask with a border of zeros: first along its rows, at a
 * column of the photo, then down that column.  The functions here are those of
 * every device, in floats and in one order, so that all set the same pixels.
 */
#ifndef GEOMETRY_PASTE_AXIS_H
#define GEOMETRY_PASTE_AXIS_H

#include <stdint.h>

#include "base/on_device.h"
#include "geometry/opencv_tap.h"

enum { DET_PASTE_MOST_SIDE = 62, DET_PASTE_MOST_PADDED = 64 };

enum det_paste_rule {
    /* torchvision roi_heads.py paste_masks_in_image: a border of 0, the box
     * enlarged to match and cut to whole pixels, bilinear resize, > 0.5 */
    DET_PASTE_TORCHVISION,
    /* Detectron2 layers/mask_ops.py paste_masks_in_image: bilinear sample at
     * every pixel centre, 0 outside, >= 0.5 */
    DET_PASTE_DETECTRON2,
    /* MNC tools/demo.py, utils/vis_seg.py: the box's whole pixels, resized as
     * by OpenCV, >= 0.4 (BINARIZE_THRESH) */
    DET_PASTE_MNC
};

struct det_paste_axis {
    enum det_paste_rule rule;
    int32_t begin, end; /* pixels of the photo that are touched */
    float origin;       /* torchvision: where the resized mask begins */
    float scale;        /* torchvision: mask places per pixel */
    float low, high;    /* Detectron2: the box's sides */
    int32_t padded;     /* places of the padded mask */
};

/* Of a box from `low` to `high`, whatever these are, in a photo of `limit`
 * pixels, and a mask of `side` places. */
struct det_paste_axis det_paste_axis_of(enum det_paste_rule rule, float low,
                                        float high, int32_t side,
                                        int32_t limit);

/* On the padded mask. */
struct det_paste_sample {
    int32_t index;  /* first of two neighbouring places */
    float fraction; /* weight of the second */
};

/* Source coordinate of a pixel on the padded mask. */
static inline DET_ON_DEVICE float
det_paste_source(const struct det_paste_axis *axis, int32_t pixel)
{
    if (axis->rule == DET_PASTE_TORCHVISION)
        return axis->scale * ((float)pixel - axis->origin + 0.5f) - 0.5f;
    /* grid_sample without align_corners, and one place of border */
    const float grid =
        ((float)pixel + 0.5f - axis->low) / (axis->high - axis->low) * 2.0f -
        1.0f;
    const float side = (float)(axis->padded - 2);
    return ((grid + 1.0f) * side - 1.0f) * 0.5f + 1.0f;
}

/* OpenCV repeats the last place at the border: the padding is not seen. */
static inline DET_ON_DEVICE struct det_paste_sample
det_paste_mnc_sample(const struct det_paste_axis *axis, int32_t pixel)
{
    const struct det_opencv_tap tap = det_opencv_tap_of(
        pixel - axis->begin, axis->padded - 2, axis->end - axis->begin);
    const struct det_paste_sample sample = {
        tap.low + 1, tap.high > tap.low ? tap.weight : 0.0f};
    return sample;
}

/* Of a pixel in begin..end - 1. */
static inline DET_ON_DEVICE struct det_paste_sample
det_paste_sample_at(const struct det_paste_axis *axis, int32_t pixel)
{
    if (axis->rule == DET_PASTE_MNC)
        return det_paste_mnc_sample(axis, pixel);
    const float last = (float)(axis->padded - 1);
    float source = det_paste_source(axis, pixel);
    source = source > 0.0f ? source : 0.0f;
    source = source < last ? source : last;
    int32_t index = (int32_t)source;
    if (index > axis->padded - 2)
        index = axis->padded - 2;
    const struct det_paste_sample sample = {index, source - (float)index};
    return sample;
}

static inline DET_ON_DEVICE float det_paste_blend(float first, float second,
                                                  float fraction)
{
    return (1.0f - fraction) * first + fraction * second;
}

/* Pixels of this value and more are set: by torchvision those above 0.5, which
 * the next float is. */
static inline DET_ON_DEVICE float det_paste_threshold(enum det_paste_rule rule)
{
    return rule == DET_PASTE_TORCHVISION  ? 0x1.000002p-1f
           : rule == DET_PASTE_DETECTRON2 ? 0.5f
                                          : 0.4f;
}

#endif
