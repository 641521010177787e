/* SPDX-License-Identifier: MIT */
/* Losses: each opens the gradient of its logits (op->gradient need not be set)
 * and adds to it and to *op->loss.  That sum is there after det_wait, so it
 * must not be on the stack of what returns before; nothing else is read later.
 * While planning, nothing is read at all. */
#ifndef COMPUTE_LOSS_H
#define COMPUTE_LOSS_H

#include "compute/ops.h"

det_status det_softmax_loss(struct det_compute *compute,
                            struct det_softmax_loss *op);
det_status det_sigmoid_loss(struct det_compute *compute,
                            struct det_sigmoid_loss *op);
det_status det_smooth_l1_loss(struct det_compute *compute,
                              struct det_smooth_l1_loss *op);

#endif
