/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ACTIVATION_H
#define COMPUTE_ACTIVATION_H

#include "compute/ops.h"

/* In place: over the channels of each place, and of each element. */
det_status det_softmax(struct det_compute *compute,
                       const struct det_tensor *logits);
det_status det_sigmoid(struct det_compute *compute,
                       const struct det_tensor *logits);

/* op->out, taken from the arena, is the sigmoid of op->in and can be
 * differentiated; op->live is a block of the arena (or NULL), which a tape
 * holds, and read in the backward only. */
det_status det_sigmoid_out(struct det_compute *compute,
                           struct det_sigmoid_map *op);

#endif
