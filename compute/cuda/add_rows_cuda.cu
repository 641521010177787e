/* SPDX-License-Identifier: MIT */
#include "compute/cuda/kernel_cuda.h"

static __global__ void add_rows(struct det_add_rows op)
{
    DET_EACH_ELEMENT (i, op.count) {
        op.to[i] = det_added_share(&op, i);
    }
}

extern "C" {

det_status det_add_rows_cuda(struct det_compute *compute,
                             const struct det_add_rows *op)
{
    DET_LAUNCH_EACH(add_rows, op->count, compute, *op);
    return det_launched(compute, "add_rows");
}

} /* extern "C" */
