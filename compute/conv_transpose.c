/* SPDX-License-Identifier: MIT */
#include "compute/conv_transpose.h"

det_status det_conv_transpose(struct det_compute *compute,
                              struct det_conv_transpose *op,
                              int32_t out_channels)
{
    void *scratch = NULL;
    det_status status;
    DET_TRY(det_tensor_take_like(compute, &op->out, &op->in, 2 * op->in.h,
                                 2 * op->in.w, out_channels));
    DET_TRY_OR_FAIL(det_arena_take(
        compute->arena, &scratch,
        compute->ops->conv_transpose_scratch(op, compute->threads), 1,
        compute->message));
    compute->flops += 2.0 * (double)det_tensor_count(&op->out) * op->in.c;
    if (!det_idle(compute) && op->in.n > 0)
        DET_TRY_OR_FAIL(compute->ops->conv_transpose(compute, op, scratch));
    det_arena_give(compute->arena, scratch);
    return DET_OK;
fail:
    det_arena_give(compute->arena, scratch);
    det_tensor_give(compute, &op->out);
    return status;
}
