/* SPDX-License-Identifier: MIT */
#include "compute/batch_norm.h"

typedef det_status (*norm_fn)(struct det_compute *,
                              const struct det_batch_norm *, void *);

static det_status run(struct det_compute *compute, struct det_batch_norm *op,
                      norm_fn norm)
{
    const struct det_tensor *in = &op->in;
    void *scratch = NULL;
    det_status status;
    DET_TRY(det_tensor_take_like(compute, &op->out, in, in->h, in->w, in->c));
    DET_TRY_OR_FAIL(
        det_arena_take(compute->arena, &scratch,
                       compute->ops->batch_norm_scratch(op, compute->threads),
                       1, compute->message));
    if (!det_idle(compute) && det_tensor_places(in) > 0)
        DET_TRY_OR_FAIL(norm(compute, op, scratch));
    det_arena_give(compute->arena, scratch);
    return DET_OK;
fail:
    det_arena_give(compute->arena, scratch);
    det_tensor_give(compute, &op->out);
    return status;
}

det_status det_batch_norm(struct det_compute *compute,
                          struct det_batch_norm *op)
{
    return run(compute, op, compute->ops->batch_norm);
}

det_status det_batch_norm_again(struct det_compute *compute,
                                struct det_batch_norm *op)
{
    return run(compute, op, compute->ops->batch_norm_again);
}

det_status det_batch_norm_backward(struct det_compute *compute,
                                   const struct det_batch_norm_backward *op)
{
    void *scratch;
    det_status status = DET_OK;
    DET_TRY(det_arena_take(
        compute->arena, &scratch,
        compute->ops->batch_norm_backward_scratch(op, compute->threads), 1,
        compute->message));
    if (!det_idle(compute) && det_tensor_places(&op->in) > 0)
        status = compute->ops->batch_norm_backward(compute, op, scratch);
    det_arena_give(compute->arena, scratch);
    return status;
}
