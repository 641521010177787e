/* SPDX-License-Identifier: MIT */
/*
 * What the head of multi-task network cascades learns of one RoI: the part of
 * the true mask that its box sees, and whether the mask that it predicts is
 * good enough to be called an object's.
 *
 * Source: MNC lib/transform/mask_transform.py intersect_mask and mask_overlap,
 * lib/pylayer/mask_layer.py.  Boxes, which lie about within the image, are
 * rounded to whole pixels, and masks are resized as by OpenCV.
 */
#ifndef MASKSEG_MNC_TARGET_H
#define MASKSEG_MNC_TARGET_H

#include "maskseg/mask_target.h"

/* A predicted mask in its box. */
struct det_mnc_mask {
    const float *data; /* [side, side], 0..1 */
    int32_t side;
    struct det_box box; /* in the pixels of the true mask */
};

/* out [side, side]: 1 where the true mask, resized from the box's pixels, is at
 * least `threshold` (0.4), else 0. */
void det_mnc_target(float *out, const struct det_true_mask *mask,
                    struct det_box box, int32_t side, float threshold);

/* Intersection over union, 0..1, of the true mask and the predicted one, which
 * is resized to its box's pixels and is set where it is at least `threshold`;
 * 0 where both are empty. */
double det_mnc_overlap(const struct det_mnc_mask *predicted,
                       const struct det_true_mask *mask, float threshold);

#endif
