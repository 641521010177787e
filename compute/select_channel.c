/* SPDX-License-Identifier: MIT */
#include "compute/select_channel.h"

det_status det_select_channel(struct det_compute *compute,
                              struct det_select_channel *op)
{
    DET_TRY(det_tensor_take_like(compute, &op->out, &op->in, op->in.h, op->in.w,
                                 1));
    compute->flops += 2.0 * (double)det_tensor_count(&op->in);
    if (det_planning(compute) || op->in.n == 0)
        return DET_OK;
    const det_status status = compute->ops->select_channel(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}
