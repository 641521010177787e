/* SPDX-License-Identifier: MIT */
#include "compute/spatial_mean.h"

#include "compute/tape.h"

static det_status spatial_mean_backward(struct det_compute *compute,
                                        const void *note)
{
    const struct det_spatial_mean *mean = note;
    struct det_spatial_mean_backward op = {
        .gradient = det_gradient_take(compute, &mean->out)};
    if (!op.gradient.data)
        return DET_OK;
    DET_TRY(det_gradient_open(compute, &op.in_gradient, &mean->in));
    if (!det_idle(compute))
        DET_TRY(compute->ops->spatial_mean_backward(compute, &op));
    det_tensor_give(compute, &op.gradient);
    return DET_OK;
}

det_status det_spatial_mean(struct det_compute *compute, struct det_tensor *out,
                            const struct det_tensor *in)
{
    struct det_spatial_mean op = {.in = *in};
    DET_TRY(det_tensor_take_like(compute, &op.out, in, 1, 1, in->c));
    if (!det_idle(compute))
        DET_TRY(compute->ops->spatial_mean(compute, &op));
    if (compute->tape && in->node) {
        DET_TRY(det_tape_node(compute, &op.out));
        DET_TRY(
            det_tape_record(compute, spatial_mean_backward, &op, sizeof op));
    }
    *out = op.out;
    return DET_OK;
}
