/* SPDX-License-Identifier: MIT */
#include "compute/linear.h"

det_status det_linear(struct det_compute *compute, struct det_linear *op,
                      int64_t depth, int32_t out_channels)
{
    const struct det_tensor *in = &op->in;
    if (det_tensor_stride(in) != depth)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a linear layer of %lld inputs was given %d x %d x %d",
                        (long long)depth, in->h, in->w, in->c);
    struct det_tensor like = *in;
    if (op->predicts)
        like.element = DET_ELEMENT_FP32;
    DET_TRY(det_tensor_take_like(compute, &op->out, &like, 1, 1, out_channels));
    compute->flops += 2.0 * (double)in->n * (double)depth * out_channels;
    if (det_idle(compute) || in->n == 0)
        return DET_OK;
    const det_status status = compute->ops->linear(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}
