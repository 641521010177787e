/* SPDX-License-Identifier: MIT */
/*
 * A small mask (14x14, 21x21 or 28x28 probabilities) and its box -> run lengths over
 * the whole photo.  Pixels are thresholded column by column as they are made:
 * there is no full-size float mask.
 */
#ifndef MASKSEG_MASK_PASTE_H
#define MASKSEG_MASK_PASTE_H

#include "geometry/box.h"
#include "geometry/rle.h"

enum det_paste_rule {
    /* torchvision roi_heads.py paste_masks_in_image: a border of 0, the box
     * enlarged to match and cut to whole pixels, bilinear resize, > 0.5 */
    DET_PASTE_TORCHVISION,
    /* Detectron2 layers/mask_ops.py paste_masks_in_image: bilinear sample at
     * every pixel centre, 0 outside, >= 0.5 */
    DET_PASTE_DETECTRON2,
    /* MNC tools/demo.py, utils/vis_seg.py: the box's whole pixels, resized as by
     * OpenCV, >= 0.4 (BINARIZE_THRESH) */
    DET_PASTE_MNC
};

struct det_small_mask {
    const float *data; /* [side, side], 0..1 */
    int32_t side;
    struct det_box box; /* pixels of the photo */
};

/* *out owns its runs (det_rle_destroy).  `builder` keeps memory between
 * calls. */
det_status det_mask_paste(struct det_rle *out, struct det_rle_builder *builder,
                          const struct det_small_mask *mask,
                          enum det_paste_rule rule, int32_t width,
                          int32_t height, struct det_message *message);

#endif
