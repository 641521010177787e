/* SPDX-License-Identifier: MIT */
#include "compute/mask_pooling.h"

#include "compute/tape.h"

/* Each factor's gradient has the other in it. */
static det_status mask_pool_backward(struct det_compute *compute,
                                     const void *note)
{
    struct det_mask_pooling_backward op = {
        .pooling = *(const struct det_mask_pooling *)note};
    op.gradient = det_gradient_take(compute, &op.pooling.out);
    if (op.gradient.data) {
        DET_TRY(det_gradient_open(compute, &op.features, &op.pooling.features));
        DET_TRY(det_gradient_open(compute, &op.mask, &op.pooling.mask));
        if (!det_idle(compute))
            DET_TRY(compute->ops->mask_pooling_backward(compute, &op));
    }
    det_tensor_give(compute, &op.gradient);
    det_tensor_give(compute, &op.pooling.features);
    det_tensor_give(compute, &op.pooling.mask);
    return DET_OK;
}

det_status det_mask_pool(struct det_compute *compute,
                         struct det_mask_pooling *op)
{
    const struct det_tensor *f = &op->features, *m = &op->mask;
    if (m->n != f->n || m->h != f->h || m->w != f->w || m->c != 1)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "masks are [%d, %d, %d, %d], wanted [%d, %d, %d, 1]",
                        m->n, m->h, m->w, m->c, f->n, f->h, f->w);
    DET_TRY(det_tensor_take_like(compute, &op->out, f, f->h, f->w, f->c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->mask_pooling(compute, op));
    if (!compute->tape || (f->node == 0 && m->node == 0))
        return DET_OK;
    det_tensor_hold(compute, f);
    det_tensor_hold(compute, m);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, mask_pool_backward, op, sizeof *op);
}
