/* SPDX-License-Identifier: MIT */
#include "compute/moments.h"

#include "compute/ops.h"

det_status det_moment_mark(struct det_compute *compute, int moment)
{
    return det_planning(compute) ? DET_OK : compute->ops->mark(compute, moment);
}

det_status det_moments_between(struct det_compute *compute, double *seconds,
                               int first, int second)
{
    return compute->ops->between(compute, seconds, first, second);
}
