/* SPDX-License-Identifier: MIT */
#include "compute/activation.h"

#include "compute/tape.h"

det_status det_softmax(struct det_compute *compute,
                       const struct det_tensor *logits)
{
    return det_idle(compute) ? DET_OK : compute->ops->softmax(compute, logits);
}

det_status det_sigmoid(struct det_compute *compute,
                       const struct det_tensor *logits)
{
    return det_idle(compute) ? DET_OK : compute->ops->sigmoid(compute, logits);
}

static det_status sigmoid_backward(struct det_compute *compute,
                                   const void *note)
{
    struct det_sigmoid_map_backward op = {
        .map = *(const struct det_sigmoid_map *)note};
    op.gradient = det_gradient_take(compute, &op.map.out);
    if (op.gradient.data) {
        DET_TRY(det_gradient_open(compute, &op.in_gradient, &op.map.in));
        if (!det_idle(compute))
            DET_TRY(compute->ops->sigmoid_map_backward(compute, &op));
    }
    det_tensor_give(compute, &op.gradient);
    det_tensor_give(compute, &op.map.out);
    det_arena_give(det_host_arena(compute), op.map.live);
    return DET_OK;
}

det_status det_sigmoid_out(struct det_compute *compute,
                           struct det_sigmoid_map *op)
{
    const struct det_tensor *in = &op->in;
    DET_TRY(det_tensor_take_like(compute, &op->out, in, in->h, in->w, in->c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->sigmoid_map(compute, op));
    if (!compute->tape || in->node == 0)
        return DET_OK;
    det_tensor_hold(compute, &op->out);
    det_arena_hold(det_host_arena(compute), op->live);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, sigmoid_backward, op, sizeof *op);
}
