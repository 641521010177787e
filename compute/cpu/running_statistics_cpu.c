/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

det_status det_running_statistics_cpu(struct det_compute *compute,
                                      const struct det_running_update *op)
{
    (void)compute;
    for (int32_t k = 0; k < op->channels; k++)
        det_running_step(op, k);
    return DET_OK;
}
