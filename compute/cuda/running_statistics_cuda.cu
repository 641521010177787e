/* SPDX-License-Identifier: MIT */
#include "compute/cuda/kernel_cuda.h"

static __global__ void update(struct det_running_update op)
{
    DET_EACH_ELEMENT (k, op.channels)
        det_running_step(&op, (int32_t)k);
}

extern "C" det_status
det_running_statistics_cuda(struct det_compute *compute,
                            const struct det_running_update *op)
{
    DET_LAUNCH_EACH(update, op->channels, compute, *op);
    return det_launched(compute, "running_statistics");
}
