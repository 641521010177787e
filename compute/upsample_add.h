/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_UPSAMPLE_ADD_H
#define COMPUTE_UPSAMPLE_ADD_H

#include "compute/ops.h"

/* target += coarse, enlarged to target's exact size by nearest neighbour
 * (torch: source index = floor(index * in / out)). */
det_status det_upsample_add(struct det_compute *compute,
                            struct det_tensor *target,
                            const struct det_tensor *coarse);

#endif
