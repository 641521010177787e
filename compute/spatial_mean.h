/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_SPATIAL_MEAN_H
#define COMPUTE_SPATIAL_MEAN_H

#include "compute/ops.h"

/* Mean over all places of each map: [N, H, W, C] -> [N, 1, 1, C], taken from
 * the arena. */
det_status det_spatial_mean(struct det_compute *compute, struct det_tensor *out,
                            const struct det_tensor *in);

#endif
