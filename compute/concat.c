/* SPDX-License-Identifier: MIT */
#include "compute/concat.h"

#include "compute/tape.h"

static det_status concat_backward(struct det_compute *compute, const void *note)
{
    const struct det_concat *concat = note;
    struct det_concat_backward op = {
        .gradient = det_gradient_take(compute, &concat->out)};
    if (!op.gradient.data)
        return DET_OK;
    op.first_channels = concat->first.c;
    DET_TRY(det_gradient_open(compute, &op.first, &concat->first));
    DET_TRY(det_gradient_open(compute, &op.second, &concat->second));
    if (!det_idle(compute))
        DET_TRY(compute->ops->concat_backward(compute, &op));
    det_tensor_give(compute, &op.gradient);
    return DET_OK;
}

det_status det_concat_channels(struct det_compute *compute,
                               struct det_concat *op)
{
    const struct det_tensor *a = &op->first, *b = &op->second;
    if (a->n != b->n || a->h != b->h || a->w != b->w)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "channels of [%d, %d, %d] and [%d, %d, %d] places "
                        "cannot be joined",
                        a->n, a->h, a->w, b->n, b->h, b->w);
    DET_TRY(
        det_tensor_take_like(compute, &op->out, a, a->h, a->w, a->c + b->c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->concat(compute, op));
    if (!compute->tape || (a->node == 0 && b->node == 0))
        return DET_OK;
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, concat_backward, op, sizeof *op);
}
