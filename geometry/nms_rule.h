/* SPDX-License-Identifier: MIT */
/* What decides in non-maximum suppression, for geometry/nms.c and the GPU's
 * kernels. */
#ifndef GEOMETRY_NMS_RULE_H
#define GEOMETRY_NMS_RULE_H

#include <math.h>

#include "geometry/nms.h"

enum { DET_NMS_OFFSET_MAX_BOXES = 1000 }; /* torchvision: 4000 numbers */

/* Whether classes are kept apart by moving boxes. */
static inline DET_ON_DEVICE bool
det_nms_uses_offsets(enum det_nms_batching batching, bool has_classes,
                     size_t count)
{
    if (!has_classes)
        return false;
    if (batching == DET_NMS_LIKE_TORCHVISION)
        return count <= DET_NMS_OFFSET_MAX_BOXES;
    return batching == DET_NMS_OFFSET;
}

static inline DET_ON_DEVICE float det_box_greatest(struct det_box box)
{
    return det_box_max(det_box_max(box.x1, box.y1),
                       det_box_max(box.x2, box.y2));
}

static inline DET_ON_DEVICE struct det_box det_box_moved(struct det_box box,
                                                         float by)
{
    const struct det_box moved = {box.x1 + by, box.y1 + by, box.x2 + by,
                                  box.y2 + by};
    return moved;
}

/* `longer` is what sides are longer by: 0 or 1. */
static inline DET_ON_DEVICE float det_nms_area(struct det_box box, float longer)
{
    return (box.x2 - box.x1 + longer) * (box.y2 - box.y1 + longer);
}

/* Length of what two ranges share, before it is limited to 0. */
static inline DET_ON_DEVICE float det_nms_shared(float first_a, float last_a,
                                                 float first_b, float last_b,
                                                 bool inclusive)
{
    const float length =
        det_box_min(last_a, last_b) - det_box_max(first_a, first_b);
    return inclusive ? length + 1 : length;
}

/* Does a box overlap one that was kept by more than the threshold?  The same
 * arithmetic as det_box_iou, from areas that are known. */
static inline DET_ON_DEVICE bool det_nms_hits(struct det_box kept,
                                              float kept_area,
                                              struct det_box box, float area,
                                              float threshold, bool inclusive)
{
    const float w = det_box_max(
        0, det_nms_shared(kept.x1, kept.x2, box.x1, box.x2, inclusive));
    const float h = det_box_max(
        0, det_nms_shared(kept.y1, kept.y2, box.y1, box.y2, inclusive));
    const float inter = w * h;
    return inter / (kept_area + area - inter) > threshold;
}

/* The greatest float that is not above `threshold`: a float is greater than
 * one exactly when it is greater than the other. */
static inline float det_nms_threshold(double threshold)
{
    const float nearest = (float)threshold;
    return (double)nearest > threshold ? nextafterf(nearest, -INFINITY)
                                       : nearest;
}

/* Whether `score` comes too late for a list of `kept` boxes, `last` being the
 * score of number `limit`, where there are so many. */
static inline DET_ON_DEVICE bool det_nms_is_past(size_t limit, bool keeps_ties,
                                                 size_t kept, float last,
                                                 float score)
{
    if (limit == 0 || kept < limit)
        return false;
    return !keeps_ties || !(score >= last);
}

#endif
