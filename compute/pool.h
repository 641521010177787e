/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_POOL_H
#define COMPUTE_POOL_H

#include "compute/ops.h"

/* Side of a pooled map; less than 1 when the window does not fit. */
int32_t det_pool_output_side(int32_t in, int32_t kernel, int32_t stride,
                             int32_t pad, enum det_pool_rounding rounding);

/* op->out is taken from the arena. */
det_status det_max_pool(struct det_compute *compute, struct det_pool *op);
det_status det_average_pool(struct det_compute *compute, struct det_pool *op);

#endif
