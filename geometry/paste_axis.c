/* SPDX-License-Identifier: MIT */
#include "geometry/paste_axis.h"

#include <math.h>

/* 0..limit; NaN becomes 0. */
static int32_t clamp_pixel(float pixel, int32_t limit)
{
    if (!(pixel > 0.0f))
        return 0;
    return pixel < (float)limit ? (int32_t)pixel : limit;
}

/* float32 in the order of torchvision's expand_boxes; .to(int64) truncates. */
static struct det_paste_axis torchvision_axis(float low, float high,
                                              int32_t side, int32_t limit)
{
    const float growth = (float)(side + 2) / (float)side;
    const float half = (high - low) * 0.5f * growth;
    const float centre = (high + low) * 0.5f;
    const float first = truncf(centre - half), last = truncf(centre + half);
    const float size = fmaxf(last - first + 1.0f, 1.0f);
    return (struct det_paste_axis){.begin = clamp_pixel(first, limit),
                                   .end = clamp_pixel(last + 1.0f, limit),
                                   .origin = first,
                                   .scale = (float)(side + 2) / size};
}

static struct det_paste_axis detectron2_axis(float low, float high,
                                             int32_t limit)
{
    return (struct det_paste_axis){
        .begin = clamp_pixel(floorf(low) - 1.0f, limit),
        .end = clamp_pixel(ceilf(high) + 1.0f, limit),
        .low = low,
        .high = high};
}

/* Boxes of whole pixels, as mask voting makes them. */
static struct det_paste_axis mnc_axis(float low, float high, int32_t limit)
{
    return (struct det_paste_axis){.begin = clamp_pixel(rintf(low), limit),
                                   .end = clamp_pixel(rintf(high), limit)};
}

struct det_paste_axis det_paste_axis_of(enum det_paste_rule rule, float low,
                                        float high, int32_t side, int32_t limit)
{
    struct det_paste_axis axis =
        rule == DET_PASTE_TORCHVISION ? torchvision_axis(low, high, side, limit)
        : rule == DET_PASTE_DETECTRON2 ? detectron2_axis(low, high, limit)
                                       : mnc_axis(low, high, limit);
    axis.rule = rule;
    axis.padded = side + 2;
    return axis;
}
