/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_LINEAR_H
#define COMPUTE_LINEAR_H

#include "compute/ops.h"

/* op->in and the rest are given, in->h * in->w * in->c being `depth`; op->out
 * is taken from the arena. */
det_status det_linear(struct det_compute *compute, struct det_linear *op,
                      int64_t depth, int32_t out_channels);

#endif
