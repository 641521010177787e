/* SPDX-License-Identifier: MIT */
#include "compute/epilogue.h"

static bool does_nothing(const struct det_epilogue_backward *op)
{
    return !op->out.data && !op->residual.tensor.data && !op->scale &&
           !op->bias_gradient;
}

det_status det_epilogue_backward(struct det_compute *compute,
                                 const struct det_epilogue_backward *op)
{
    void *scratch;
    det_status status = DET_OK;
    if (does_nothing(op))
        return DET_OK;
    DET_TRY(det_arena_take(
        compute->arena, &scratch,
        compute->ops->epilogue_backward_scratch(op, compute->threads), 1,
        compute->message));
    if (!det_idle(compute))
        status = compute->ops->epilogue_backward(compute, op, scratch);
    det_arena_give(compute->arena, scratch);
    return status;
}
