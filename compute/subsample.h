/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_SUBSAMPLE_H
#define COMPUTE_SUBSAMPLE_H

#include "compute/ops.h"

/* Every `stride`-th place with zero channels around: op->out, of
 * `out_channels`, is taken from the arena. */
det_status det_subsample(struct det_compute *compute, struct det_subsample *op,
                         int32_t out_channels);

#endif
