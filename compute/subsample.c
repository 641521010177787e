/* SPDX-License-Identifier: MIT */
#include "compute/subsample.h"

#include "compute/tape.h"

static det_status subsample_backward(struct det_compute *compute,
                                     const void *note)
{
    struct det_subsample_backward op = {
        .subsample = *(const struct det_subsample *)note};
    op.gradient = det_gradient_take(compute, &op.subsample.out);
    if (!op.gradient.data)
        return DET_OK;
    DET_TRY(det_gradient_open(compute, &op.in_gradient, &op.subsample.in));
    if (!det_idle(compute))
        DET_TRY(compute->ops->subsample_backward(compute, &op));
    det_tensor_give(compute, &op.gradient);
    return DET_OK;
}

det_status det_subsample(struct det_compute *compute, struct det_subsample *op,
                         int32_t out_channels)
{
    const struct det_tensor *in = &op->in;
    if (op->first_channel < 0 || op->first_channel > out_channels - in->c)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "%d channels do not fit into %d from %d on", in->c,
                        out_channels, op->first_channel);
    DET_TRY(det_tensor_take_like(
        compute, &op->out, in, (in->h + op->stride - 1) / op->stride,
        (in->w + op->stride - 1) / op->stride, out_channels));
    if (!det_idle(compute))
        DET_TRY(compute->ops->subsample(compute, op));
    if (!compute->tape || in->node == 0)
        return DET_OK;
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, subsample_backward, op, sizeof *op);
}
