/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_RESIZE_H
#define COMPUTE_RESIZE_H

#include "compute/ops.h"

/* Photo to network input of [1, padded_h, padded_w, 3]; op->out is taken from
 * the arena. */
det_status det_resize(struct det_compute *compute, struct det_resize *op,
                      int32_t padded_h, int32_t padded_w);

#endif
