/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_backward_cpu.h"

#include "compute/cpu/ops_cpu.h"

size_t det_conv2d_backward_scratch_cpu(const struct det_conv_backward *op,
                                       int threads)
{
    const size_t weights = op->weight_gradient
                               ? det_conv2d_weight_gradient_scratch(op, threads)
                               : 0;
    const size_t input = op->in_gradient.tensor.data
                             ? det_conv2d_input_gradient_scratch(op, threads)
                             : 0;
    return weights > input ? weights : input;
}

det_status det_conv2d_backward_cpu(struct det_compute *compute,
                                   const struct det_conv_backward *op,
                                   void *scratch)
{
    if (op->in.n == 0)
        return DET_OK;
    if (op->weight_gradient)
        det_conv2d_weight_gradient(compute, op, scratch);
    return op->in_gradient.tensor.data
               ? det_conv2d_input_gradient(compute, op, scratch)
               : DET_OK;
}
