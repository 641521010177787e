/* SPDX-License-Identifier: MIT */
#include "compute/conv2d.h"

int32_t det_conv2d_output_side(int32_t in, int32_t kernel, int32_t stride,
                               int32_t pad, int32_t dilation)
{
    const int32_t room = in + 2 * pad - (dilation * (kernel - 1) + 1);
    return room < 0 ? 0 : room / stride + 1;
}

static det_status check_shapes(const struct det_compute *compute,
                               const struct det_conv2d *op)
{
    const struct det_tensor *in = &op->in, *residual = &op->residual;
    if (in->c != op->shape.in_channels)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a convolution of %d channels was given %d",
                        op->shape.in_channels, in->c);
    if (residual->data &&
        (residual->n != op->out.n || residual->h != op->out.h ||
         residual->w != op->out.w || residual->c != op->out.c))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a residual of %d x %d x %d does not fit an output "
                        "of %d x %d x %d",
                        residual->h, residual->w, residual->c, op->out.h,
                        op->out.w, op->out.c);
    return DET_OK;
}

det_status det_conv2d(struct det_compute *compute, struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t h = det_conv2d_output_side(op->in.h, s->kernel_h, s->stride,
                                             s->pad, s->dilation);
    const int32_t w = det_conv2d_output_side(op->in.w, s->kernel_w, s->stride,
                                             s->pad, s->dilation);
    struct det_tensor like = op->in;
    if (op->predicts)
        like.element = DET_ELEMENT_FP32;
    op->in_order = compute->in_order;
    DET_TRY(
        det_tensor_take_like(compute, &op->out, &like, h, w, s->out_channels));
    void *scratch = NULL;
    det_status status;
    DET_TRY_OR_FAIL(check_shapes(compute, op));
    DET_TRY_OR_FAIL(
        det_arena_take(compute->arena, &scratch,
                       compute->ops->conv2d_scratch(op, compute->threads), 1,
                       compute->message));
    compute->flops += det_conv2d_flops(op);
    if (!det_planning(compute) && op->in.n > 0)
        DET_TRY_OR_FAIL(compute->ops->conv2d(compute, op, scratch));
    det_arena_give(compute->arena, scratch);
    return DET_OK;
fail:
    det_arena_give(compute->arena, scratch);
    det_tensor_give(compute, &op->out);
    return status;
}
