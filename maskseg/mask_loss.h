/* SPDX-License-Identifier: MIT */
/* Binary cross-entropy of the masks of RoIs' true classes, the mean over all
 * their pixels.  Source: torchvision models/detection/roi_heads.py
 * maskrcnn_loss. */
#ifndef MASKSEG_MASK_LOSS_H
#define MASKSEG_MASK_LOSS_H

#include "compute/compute.h"
#include "maskseg/mask_target.h"

struct det_mask_loss_input {
    struct det_tensor logits;          /* [R, M, M, 1], of the true classes */
    const struct det_box *boxes;       /* [R] */
    const struct det_true_mask *masks; /* [R] */
};

/* *loss is added to, see compute/loss.h.  Boxes and masks are not read while
 * planning. */
det_status det_mask_loss(struct det_compute *compute, double *loss,
                         const struct det_mask_loss_input *input);

#endif
