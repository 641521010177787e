/* SPDX-License-Identifier: MIT */
/* Photo to network input. */
#ifndef COMPUTE_RESIZE_H
#define COMPUTE_RESIZE_H

#include "compute/ops.h"

/* op->out, [1, padded_h, padded_w, 3], is taken from the arena. */
det_status det_resize(struct det_compute *compute, struct det_resize *op,
                      int32_t padded_h, int32_t padded_w);

/* The same into an op->out that is there: one image of several. */
det_status det_resize_into(struct det_compute *compute,
                           const struct det_resize *op);

#endif
