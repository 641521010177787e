/* SPDX-License-Identifier: MIT */
#include "compute/gather.h"

#include "compute/tape.h"

static det_status gather_backward(struct det_compute *compute, const void *note)
{
    const struct det_gather *gather = note;
    struct det_gather_backward op = {
        .gather = *gather,
        .gradient = det_gradient_take(compute, &gather->out)};
    if (op.gradient.data) {
        DET_TRY(det_gradient_open(compute, &op.in_gradient, &gather->in));
        if (!det_idle(compute))
            DET_TRY(compute->ops->gather_backward(compute, &op));
    }
    det_tensor_give(compute, &op.gradient);
    det_arena_give(det_host_arena(compute), gather->index);
    return DET_OK;
}

det_status det_gather(struct det_compute *compute, struct det_gather *op,
                      int32_t count, int32_t capacity)
{
    const struct det_tensor *in = &op->in;
    const struct det_tensor like = {
        .n = count, .capacity = capacity, .element = in->element};
    DET_TRY(
        det_tensor_take_like(compute, &op->out, &like, in->h, in->w, in->c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->gather(compute, op));
    if (!compute->tape || in->node == 0)
        return DET_OK;
    det_arena_hold(det_host_arena(compute), op->index);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, gather_backward, op, sizeof *op);
}
