/* SPDX-License-Identifier: MIT */
#include "compute/conv2d.h"

int32_t det_conv2d_output_side(int32_t in, int32_t kernel, int32_t stride,
                               int32_t pad, int32_t dilation)
{
    const int32_t room = in + 2 * pad - (dilation * (kernel - 1) + 1);
    return room < 0 ? 0 : room / stride + 1;
}

/* `out` is what the output's shape will be. */
static det_status check_shapes(const struct det_compute *compute,
                               const struct det_conv2d *op,
                               const struct det_tensor *out)
{
    const struct det_tensor *in = &op->in, *residual = &op->residual;
    if (in->c != op->shape.in_channels)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a convolution of %d channels was given %d",
                        op->shape.in_channels, in->c);
    if (residual->data && (residual->n != out->n || residual->h != out->h ||
                           residual->w != out->w || residual->c != out->c))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a residual of %d x %d x %d does not fit an output "
                        "of %d x %d x %d",
                        residual->h, residual->w, residual->c, out->h, out->w,
                        out->c);
    if (op->in_place &&
        !(residual->data && compute->ops->conv2d_fits_in_place(op)))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a convolution cannot write over its residual");
    return DET_OK;
}

static struct det_tensor output_of(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    struct det_tensor out = op->in;
    out.h = det_conv2d_output_side(op->in.h, s->kernel_h, s->stride, s->pad,
                                   s->dilation);
    out.w = det_conv2d_output_side(op->in.w, s->kernel_w, s->stride, s->pad,
                                   s->dilation);
    out.c = s->out_channels;
    if (op->predicts)
        out.element = DET_ELEMENT_FP32;
    return out;
}

det_status det_conv2d(struct det_compute *compute, struct det_conv2d *op)
{
    const struct det_tensor like = output_of(op);
    op->in_order = compute->in_order;
    DET_TRY(check_shapes(compute, op, &like));
    if (op->in_place)
        op->out = op->residual;
    else
        DET_TRY(det_tensor_take_like(compute, &op->out, &like, like.h, like.w,
                                     like.c));
    void *scratch = NULL;
    det_status status;
    DET_TRY_OR_FAIL(
        det_arena_take(compute->arena, &scratch,
                       compute->ops->conv2d_scratch(op, compute->threads), 1,
                       compute->message));
    compute->flops += det_conv2d_flops(op);
    if (!det_idle(compute) && op->in.n > 0)
        DET_TRY_OR_FAIL(compute->ops->conv2d(compute, op, scratch));
    det_arena_give(compute->arena, scratch);
    return DET_OK;
fail:
    det_arena_give(compute->arena, scratch);
    if (!op->in_place)
        det_tensor_give(compute, &op->out);
    return status;
}
