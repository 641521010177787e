/* SPDX-License-Identifier: MIT */
/* Each place of the input makes its own 2x2 places of the output: one product
 * gives the parts of all, [places, K, 2, 2], which then are put in place. */
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/ops_cuda.h"

size_t det_conv_transpose_scratch_cuda(const struct det_conv_transpose *op,
                                       int threads)
{
    (void)threads;
    return (size_t)det_tensor_stride(&op->out) * (size_t)op->out.capacity *
           det_element_size(op->out.element);
}

det_status det_conv_transpose_cuda(struct det_compute *compute,
                                   const struct det_conv_transpose *op,
                                   void *scratch)
{
    if (op->in.n == 0)
        return DET_OK;
    DET_TRY(det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = det_tensor_places(&op->in),
                                         .columns = 4 * (int64_t)op->out.c,
                                         .inner = op->in.c,
                                         .a = op->in.data,
                                         .b = op->packed,
                                         .out = scratch,
                                         .element = op->in.element,
                                         .out_element = op->out.element}));
    return det_scatter_parts_cuda(compute,
                                  &(struct det_parts_cuda){.parts = scratch,
                                                           .large = op->out,
                                                           .bias = op->bias,
                                                           .relu = op->relu});
}

/* ----------------------------------------------------------------- backward */

static size_t parts_bytes(const struct det_conv_backward *op)
{
    const size_t bytes = (size_t)det_tensor_stride(&op->gradient) *
                         (size_t)op->gradient.capacity *
                         det_element_size(op->gradient.element);
    return (bytes + 255) & ~(size_t)255;
}

/* The parts; behind them, of halves, the rounded weights. */
size_t
det_conv_transpose_backward_scratch_cuda(const struct det_conv_backward *op,
                                         int threads)
{
    const bool is_half = op->in.element != DET_ELEMENT_FP32;
    const size_t weights = 4 * (size_t)op->in.c * (size_t)op->gradient.c;
    (void)threads;
    return parts_bytes(op) +
           (is_half ? weights * det_element_size(op->in.element) : 0);
}

static det_status input_gradient(struct det_compute *compute,
                                 const struct det_conv_backward *op,
                                 const float *parts, float *packed)
{
    const struct det_gradient *to = &op->in_gradient;
    const float *weight = op->weight;
    if (op->in.element != DET_ELEMENT_FP32) {
        DET_TRY(det_pack_conv_transpose_cuda(compute, packed, op->in.c,
                                             op->gradient.c, weight));
        weight = packed;
    }
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = det_tensor_places(&op->in),
                                         .columns = op->in.c,
                                         .inner = 4 * (int64_t)op->gradient.c,
                                         .a = parts,
                                         .b = weight,
                                         .b_transposed = true,
                                         .out = to->tensor.data,
                                         .element = op->in.element,
                                         .out_element = op->in.element,
                                         .beta = to->add ? 1.0f : 0.0f});
}

det_status det_conv_transpose_backward_cuda(struct det_compute *compute,
                                            const struct det_conv_backward *op,
                                            void *scratch)
{
    float *packed =
        (float *)(void *)((unsigned char *)scratch + parts_bytes(op));
    if (op->in.n == 0)
        return DET_OK;
    DET_TRY(det_gather_parts_cuda(
        compute,
        &(struct det_parts_cuda){.parts = scratch, .large = op->gradient}));
    if (op->weight_gradient)
        DET_TRY(det_gemm_cuda(
            compute,
            &(struct det_gemm_cuda){.rows = op->in.c,
                                    .columns = 4 * (int64_t)op->gradient.c,
                                    .inner = det_tensor_places(&op->in),
                                    .a = op->in.data,
                                    .a_transposed = true,
                                    .b = scratch,
                                    .out = op->weight_gradient,
                                    .element = op->in.element,
                                    .beta = 1.0f}));
    return op->in_gradient.tensor.data
               ? input_gradient(compute, op, scratch, packed)
               : DET_OK;
}
