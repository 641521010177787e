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

static bool is_half(const struct det_conv_backward *op)
{
    return op->in.element != DET_ELEMENT_FP32;
}

/* Weights keep torch's order, [C, R * S] of a map that lies [R * S, C]: it is
 * the maps that are turned, not the weights, which are larger.  For an input's
 * gradient of halves the weights must be rounded, and then are turned along. */
size_t det_linear_backward_scratch_cuda(const struct det_conv_backward *op,
                                        int threads)
{
    const size_t size = det_element_size(op->in.element);
    const size_t map = (size_t)det_tensor_stride(&op->in);
    const size_t turned = map_area(op) == 1 ? 0 : map * (size_t)op->in.capacity;
    const size_t packed = is_half(op) ? map * (size_t)op->gradient.c : 0;
    (void)threads;
    return size * (turned > packed ? turned : packed);
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
                                           .b = op->in.c,
                                           .in_element = op->in.element,
                                           .out_element = op->in.element};
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
                                         .element = op->in.element,
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

static det_status half_input_gradient(struct det_compute *compute,
                                      const struct det_conv_backward *op,
                                      float *packed)
{
    const struct det_gradient *to = &op->in_gradient;
    DET_TRY(det_pack_linear_cuda(compute, packed, &op->shape, op->weight));
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = op->in.n,
                                         .columns = det_tensor_stride(&op->in),
                                         .inner = op->gradient.c,
                                         .a = op->gradient.data,
                                         .b = packed,
                                         .out = to->tensor.data,
                                         .element = op->in.element,
                                         .out_element = op->in.element,
                                         .beta = to->add ? 1.0f : 0.0f});
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
    if (!op->in_gradient.tensor.data)
        return DET_OK;
    return is_half(op) ? half_input_gradient(compute, op, scratch)
                       : input_gradient(compute, op, turned);
}
