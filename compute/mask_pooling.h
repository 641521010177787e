/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_MASK_POOLING_H
#define COMPUTE_MASK_POOLING_H

#include "compute/ops.h"

/* Features times mask, see det_mask_pooling; op->out is taken from the arena.
 * DET_ERROR_ARGUMENT: the mask does not fit the features. */
det_status det_mask_pool(struct det_compute *compute,
                         struct det_mask_pooling *op);

#endif
