/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_BATCH_NORM_H
#define COMPUTE_BATCH_NORM_H

#include "compute/ops.h"

/* op->out is taken from the arena; everything else is given.  An empty batch
 * has no statistics: op->mean and op->variance are not written. */
det_status det_batch_norm(struct det_compute *compute,
                          struct det_batch_norm *op);
/* The same output from op->mean and op->variance, which are given. */
det_status det_batch_norm_again(struct det_compute *compute,
                                struct det_batch_norm *op);
det_status det_batch_norm_backward(struct det_compute *compute,
                                   const struct det_batch_norm_backward *op);

#endif
