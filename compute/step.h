/* SPDX-License-Identifier: MIT */
/* Steps of training: what happens to parameters between two batches.  All
 * pointers are of the device (compute/mirror.h). */
#ifndef COMPUTE_STEP_H
#define COMPUTE_STEP_H

#include "compute/ops.h"

det_status det_clear(struct det_compute *compute, float *values, int64_t count);
det_status det_scale(struct det_compute *compute, float *values, int64_t count,
                     float by);

/* *sum = of all squares, in double. */
det_status det_square_sum(struct det_compute *compute, double *sum,
                          const float *values, int64_t count);

/* All arrays at once. */
det_status det_sgd_update(struct det_compute *compute,
                          const struct det_sgd_update *op);
det_status det_average(struct det_compute *compute,
                       const struct det_average *op);

#endif
