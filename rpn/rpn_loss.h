/* SPDX-License-Identifier: MIT */
/*
 * What the proposal network learns (Ren et al. 2015, section 3.1.2): of a few
 * hundred anchors of each image, whether they stand for an object, and the
 * deltas of those that do.
 *
 * Source: torchvision models/detection/rpn.py assign_targets_to_anchors and
 * compute_loss.  Both losses are divided by the number of anchors sampled in
 * the batch.
 *
 * Of an RPN of each class (He et al. 2015, appendix C) an image's own class
 * alone learns: others are never asked about it, since the class is told.
 */
#ifndef RPN_RPN_LOSS_H
#define RPN_RPN_LOSS_H

#include "geometry/balanced_sample.h"
#include "geometry/box_match.h"
#include "rpn/proposals.h"

struct det_rpn_loss_config {
    struct det_match_config match;     /* 0.3, 0.7, rescues */
    struct det_balanced_sample sample; /* 256, 0.5 */
    struct det_delta_coder coder;      /* weights 1, 1, 1, 1 */
    float beta; /* of the smooth L1 loss; torchvision: 1/9 */
};

/* What the head said of a batch, and the truth. */
struct det_rpn_loss_input {
    const struct det_proposal_level *levels; /* outputs of [N, ...] */
    int num_levels;
    const struct det_true_boxes *truth; /* [N], pixels of the batch's images */
    int32_t num_classes;    /* of an RPN of each class, whose columns lie side
                               by side, class after class; 0: one for all */
    const int32_t *classes; /* [N], those that learn from each image */
    uint64_t seed;          /* of this step's choices */
};

/* Where sums are added to, see compute/loss.h. */
struct det_rpn_losses {
    double *objectness, *deltas;
};

/* `truth` is read only where there are counts while planning. */
det_status det_rpn_loss(struct det_compute *compute,
                        const struct det_rpn_losses *out,
                        const struct det_rpn_loss_config *config,
                        const struct det_rpn_loss_input *input);

#endif
