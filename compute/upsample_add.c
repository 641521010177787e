/* SPDX-License-Identifier: MIT */
#include "compute/upsample_add.h"

#include "compute/tape.h"

/* The target's gradient is the sum's own: it stays where it is. */
static det_status upsample_add_backward(struct det_compute *compute,
                                        const void *note)
{
    const struct det_upsample_add *sum = note;
    struct det_upsample_add_backward op = {
        .gradient = det_gradient_of(compute, &sum->out)};
    if (!op.gradient.data)
        return DET_OK;
    DET_TRY(det_gradient_open(compute, &op.coarse, &sum->coarse));
    return det_idle(compute)
               ? DET_OK
               : compute->ops->upsample_add_backward(compute, &op);
}

det_status det_upsample_add(struct det_compute *compute,
                            struct det_tensor *target,
                            const struct det_tensor *coarse)
{
    struct det_upsample_add op = {.coarse = *coarse, .out = *target};
    if (target->c != coarse->c || target->n != coarse->n)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "maps of %d and %d channels cannot be added", target->c,
                        coarse->c);
    if (!det_idle(compute))
        DET_TRY(compute->ops->upsample_add(compute, &op));
    if (!compute->tape || coarse->node == 0)
        return DET_OK;
    if (target->node == 0)
        DET_TRY(det_tape_node(compute, target));
    op.out = *target;
    return det_tape_record(compute, upsample_add_backward, &op, sizeof op);
}
