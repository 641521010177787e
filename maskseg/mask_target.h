/* SPDX-License-Identifier: MIT */
/* What a mask head learns of one RoI. */
#ifndef MASKSEG_MASK_TARGET_H
#define MASKSEG_MASK_TARGET_H

#include <stdint.h>

#include "geometry/box.h"

/* A true mask, [height, width] of 0 and 1, in the pixels of the boxes. */
struct det_true_mask {
    const uint8_t *pixels;
    int32_t height, width;
};

/* out [side, side], 0..1: the part of the mask that the box sees, by RoIAlign
 * with as many samples as pixels.  Source: torchvision
 * models/detection/roi_heads.py project_masks_on_boxes (roi_align of scale 1,
 * sampling_ratio -1, not aligned). */
void det_mask_target(float *out, const struct det_true_mask *mask,
                     struct det_box box, int32_t side);

#endif
