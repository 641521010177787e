/* SPDX-License-Identifier: MIT */
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/ops_cuda.h"

det_status det_linear_cuda(struct det_compute *compute,
                           const struct det_linear *op)
{
    if (op->in.n == 0)
        return DET_OK;
    DET_TRY(det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = op->in.n,
                                         .columns = op->out.c,
                                         .inner = det_tensor_stride(&op->in),
                                         .a = op->in.data,
                                         .b = op->packed,
                                         .b_transposed = true,
                                         .out = op->out.data,
                                         .element = op->in.element,
                                         .out_element = op->out.element,
                                         .bias = op->bias}));
    return op->relu
               ? det_epilogue_cuda(compute, &(struct det_conv2d){.out = op->out,
                                                                 .relu = true})
               : DET_OK;
}

/* ----------------------------------------------------------------- backward */

static int64_t map_area(const struct det_conv_backward *op)
{
    return (int64_t)op->in.h * op->in.w;
}

/* Weights keep torch's order, [C, R * S] of a map that lies [R * S, C]: it is
 * the maps that are turned, not the weights, which are larger. */
size_t det_linear_backward_scratch_cuda(const struct det_conv_backward *op,
                                        int threads)
{
    (void)threads;
    return map_area(op) == 1 ? 0
                             : (size_t)det_tensor_stride(&op->in) *
                                   (size_t)op->in.capacity * sizeof(float);
}

static det_status weight_gradient(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  float *turned)
{
    const float *rows = op->in.data;
    if (turned) {
        const struct det_swap_cuda swap = {.out = turned,
                                           .in = op->in.data,
                                           .rows = op->in.n,
                                           .a = map_area(op),
                                           .b = op->in.c};
        DET_TRY(det_swap_cuda(compute, &swap));
        rows = turned;
    }
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = op->gradient.c,
                                         .columns = det_tensor_stride(&op->in),
                                         .inner = op->in.n,
                                         .a = op->gradient.data,
                                         .a_transposed = true,
                                         .b = rows,
                                         .out = op->weight_gradient,
                                         .beta = 1.0f});
}

static det_status input_gradient(struct det_compute *compute,
                                 const struct det_conv_backward *op,
                                 float *turned)
{
    const struct det_gradient *to = &op->in_gradient;
    DET_TRY(det_gemm_cuda(
        compute,
        &(struct det_gemm_cuda){.rows = op->in.n,
                                .columns = det_tensor_stride(&op->in),
                                .inner = op->gradient.c,
                                .a = op->gradient.data,
                                .b = op->weight,
                                .out = turned ? turned : to->tensor.data,
                                .beta = !turned && to->add ? 1.0f : 0.0f}));
    if (!turned)
        return DET_OK;
    return det_swap_cuda(compute,
                         &(struct det_swap_cuda){.out = to->tensor.data,
                                                 .in = turned,
                                                 .rows = op->in.n,
                                                 .a = op->in.c,
                                                 .b = map_area(op),
                                                 .add = to->add});
}

det_status det_linear_backward_cuda(struct det_compute *compute,
                                    const struct det_conv_backward *op,
                                    void *scratch)
{
    float *turned = map_area(op) == 1 ? NULL : scratch;
    if (op->in.n == 0)
        return DET_OK;
    if (op->weight_gradient)
        DET_TRY(weight_gradient(compute, op, turned));
    if (op->in_gradient.tensor.data)
        DET_TRY(input_gradient(compute, op, turned));
    return DET_OK;
}
