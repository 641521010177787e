/* SPDX-License-Identifier: MIT */
#include "compute/conv_backward.h"

struct slots {
    size_t (*scratch)(const struct det_conv_backward *op, int threads);
    det_status (*run)(struct det_compute *compute,
                      const struct det_conv_backward *op, void *scratch);
};

static struct slots slots_of(const struct det_ops *ops, enum det_conv_kind kind)
{
    switch (kind) {
    case DET_CONV_LINEAR:
        return (struct slots){ops->linear_backward_scratch,
                              ops->linear_backward};
    case DET_CONV_TRANSPOSED:
        return (struct slots){ops->conv_transpose_backward_scratch,
                              ops->conv_transpose_backward};
    case DET_CONV:
        break;
    }
    return (struct slots){ops->conv2d_backward_scratch, ops->conv2d_backward};
}

/* As much again as the forward for each of the two gradients. */
static double backward_flops(const struct det_conv_backward *op,
                             enum det_conv_kind kind)
{
    const struct det_conv_shape *s = &op->shape;
    const double depth =
        (double)(s->in_channels / s->groups) *
        (kind == DET_CONV_TRANSPOSED ? 1.0 : (double)s->kernel_h * s->kernel_w);
    const int gradients =
        (op->weight_gradient != NULL) + (op->in_gradient.tensor.data != NULL);
    return 2.0 * gradients * depth * (double)det_tensor_count(&op->gradient);
}

det_status det_conv_backward(struct det_compute *compute,
                             enum det_conv_kind kind,
                             const struct det_conv_backward *op)
{
    const struct slots slots = slots_of(compute->ops, kind);
    void *scratch;
    det_status status = DET_OK;
    DET_TRY(det_arena_take(compute->arena, &scratch,
                           slots.scratch(op, compute->threads), 1,
                           compute->message));
    compute->flops += backward_flops(op, kind);
    if (!det_idle(compute))
        status = slots.run(compute, op, scratch);
    det_arena_give(compute->arena, scratch);
    return status;
}
