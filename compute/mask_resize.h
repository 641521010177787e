/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_MASK_RESIZE_H
#define COMPUTE_MASK_RESIZE_H

#include "compute/ops.h"

/* op->in resized to h x w, see det_mask_resize; op->out is taken from the
 * arena. */
det_status det_mask_resizing(struct det_compute *compute,
                             struct det_mask_resize *op, int32_t h, int32_t w);

#endif
