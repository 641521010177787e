/* SPDX-License-Identifier: MIT */
/* How long parts of a run take on the device, which may not have begun with
 * them when the host goes on.  Nothing waits for a mark. */
#ifndef COMPUTE_MOMENTS_H
#define COMPUTE_MOMENTS_H

#include "compute/compute.h"

/* `moment`, of DET_MOST_MOMENTS, is when all that was asked for is done.  Not
 * while planning. */
det_status det_moment_mark(struct det_compute *compute, int moment);

/* Waits for the second. */
det_status det_moments_between(struct det_compute *compute, double *seconds,
                               int first, int second);

#endif
