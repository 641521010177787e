/* SPDX-License-Identifier: MIT */
/*
 * Axis-aligned boxes in pixels: (x1, y1) is the upper left corner, (x2, y2)
 * the lower right one, both on the continuous plane, so that a width is
 * x2 - x1 without "+ 1".
 *
 * All arithmetic is float32 in torchvision's order of operations, so that
 * results agree with it to the last bit.
 */
#ifndef GEOMETRY_BOX_H
#define GEOMETRY_BOX_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/on_device.h"

struct det_box {
    float x1, y1, x2, y2; /* pixels */
};

/* Width and height of an image or a map, in pixels, as box coordinates. */
struct det_extent {
    float width, height;
};

/* What x2 and y2 are of a box that a system has learned to predict: on the
 * plane, or the last pixels inside, so that sides are x2 - x1 + 1 (Caffe's
 * programs, after PASCAL VOC).  The value is what sides are longer by. */
enum det_box_counting { DET_BOX_CONTINUOUS = 0, DET_BOX_INCLUSIVE = 1 };

/* The box of a corner and sides, as COCO's files have it. */
static inline struct det_box det_box_of_xywh(const double xywh[4])
{
    return (struct det_box){.x1 = (float)xywh[0],
                            .y1 = (float)xywh[1],
                            .x2 = (float)(xywh[0] + xywh[2]),
                            .y2 = (float)(xywh[1] + xywh[3])};
}

/* The box in an image that is x times as wide and y times as high. */
static inline struct det_box det_box_stretched(struct det_box box, float x,
                                               float y)
{
    return (struct det_box){
        .x1 = box.x1 * x, .y1 = box.y1 * y, .x2 = box.x2 * x, .y2 = box.y2 * y};
}

/* The box in an image that is `factor` times as large. */
static inline struct det_box det_box_scaled(struct det_box box, float factor)
{
    return det_box_stretched(box, factor, factor);
}

/* The box on the plane that one counted so covers. */
static inline struct det_box det_box_outer(struct det_box box,
                                           enum det_box_counting counting)
{
    box.x2 += (float)counting;
    box.y2 += (float)counting;
    return box;
}

/* (x2 - x1) * (y2 - y1), which is positive for a box that is inside out on
 * both axes.  Source: torchvision csrc/ops/cpu/nms_kernel.cpp. */
static inline float det_box_area(struct det_box box)
{
    return (box.x2 - box.x1) * (box.y2 - box.y1);
}

/* std::max and std::min of C++, whose choice among NaN and equal operands the
 * reference relies upon. */
static inline DET_ON_DEVICE float det_box_max(float a, float b)
{
    return a < b ? b : a;
}

static inline DET_ON_DEVICE float det_box_min(float a, float b)
{
    return b < a ? b : a;
}

/* Intersection over union, 0..1; NaN when both boxes are empty, so compare
 * with `iou > threshold`.  Source: nms_kernel.cpp. */
static inline float det_box_iou(struct det_box a, struct det_box b)
{
    const float w =
        det_box_max(0, det_box_min(a.x2, b.x2) - det_box_max(a.x1, b.x1));
    const float h =
        det_box_max(0, det_box_min(a.y2, b.y2) - det_box_max(a.y1, b.y1));
    const float inter = w * h;
    return inter / (det_box_area(a) + det_box_area(b) - inter);
}

/* Into [0, upper]; written so that NaN passes through, as in torch.clamp. */
static inline DET_ON_DEVICE float det_box_clamp(float value, float upper)
{
    if (value < 0)
        return 0;
    return value > upper ? upper : value;
}

/* x into [0, width], y into [0, height]; NaN stays NaN.  Source: torchvision
 * ops/boxes.py clip_boxes_to_image. */
static inline DET_ON_DEVICE struct det_box
det_box_clip(struct det_box box, struct det_extent extent)
{
    const struct det_box inside = {det_box_clamp(box.x1, extent.width),
                                   det_box_clamp(box.y1, extent.height),
                                   det_box_clamp(box.x2, extent.width),
                                   det_box_clamp(box.y2, extent.height)};
    return inside;
}

/* No coordinate is NaN or infinite. */
static inline DET_ON_DEVICE bool det_box_is_finite(struct det_box box)
{
    return isfinite(box.x1) && isfinite(box.y1) && isfinite(box.x2) &&
           isfinite(box.y2);
}

/* Both sides are at least `min_size` pixels (false for NaN).  Source:
 * torchvision ops/boxes.py remove_small_boxes. */
static inline DET_ON_DEVICE bool det_box_has_size(struct det_box box,
                                                  float min_size)
{
    return box.x2 - box.x1 >= min_size && box.y2 - box.y1 >= min_size;
}

#endif
