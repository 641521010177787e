/* SPDX-License-Identifier: MIT */
#include "compute/mask_resize.h"

#include "compute/tape.h"

static det_status mask_resizing_backward(struct det_compute *compute,
                                         const void *note)
{
    struct det_mask_resize_backward op = {
        .resize = *(const struct det_mask_resize *)note};
    op.gradient = det_gradient_take(compute, &op.resize.out);
    if (!op.gradient.data)
        return DET_OK;
    DET_TRY(det_gradient_open(compute, &op.in_gradient, &op.resize.in));
    if (!det_idle(compute))
        DET_TRY(compute->ops->mask_resize_backward(compute, &op));
    det_tensor_give(compute, &op.gradient);
    return DET_OK;
}

det_status det_mask_resizing(struct det_compute *compute,
                             struct det_mask_resize *op, int32_t h, int32_t w)
{
    DET_TRY(det_tensor_take_like(compute, &op->out, &op->in, h, w, op->in.c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->mask_resize(compute, op));
    if (!compute->tape || op->in.node == 0)
        return DET_OK;
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, mask_resizing_backward, op, sizeof *op);
}
