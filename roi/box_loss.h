/* SPDX-License-Identifier: MIT */
/* What the box head learns: the class of each RoI, and the deltas of its class
 * where it is an object.  Source: torchvision models/detection/roi_heads.py
 * fastrcnn_loss.  Both losses are divided by the number of RoIs. */
#ifndef ROI_BOX_LOSS_H
#define ROI_BOX_LOSS_H

#include "roi/box_predictions.h"
#include "roi/roi_samples.h"

struct det_box_loss_input {
    struct det_tensor logits, deltas;      /* [R, 1, 1, K], [R, 1, 1, 4 D] */
    const struct det_roi_samples *samples; /* R of them */
    struct det_class_layout classes;
    float beta; /* of the smooth L1 loss; torchvision: 1/9 */
};

/* Where sums are added to, see compute/loss.h. */
struct det_box_losses {
    double *classes, *deltas;
};

det_status det_box_loss(struct det_compute *compute,
                        const struct det_box_losses *out,
                        const struct det_box_loss_input *input);

#endif
