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

size_t
det_conv_transpose_backward_scratch_cuda(const struct det_conv_backward *op,
                                         int threads)
{
    (void)threads;
    return (size_t)det_tensor_stride(&op->gradient) *
           (size_t)op->gradient.capacity * sizeof(float);
}

det_status det_conv_transpose_backward_cuda(struct det_compute *compute,
                                            const struct det_conv_backward *op,
                                            void *scratch)
{
    const struct det_gradient *to = &op->in_gradient;
    const int64_t places = det_tensor_places(&op->in);
    const int64_t width = 4 * (int64_t)op->gradient.c;
    if (op->in.n == 0)
        return DET_OK;
    DET_TRY(det_gather_parts_cuda(
        compute,
        &(struct det_parts_cuda){.parts = scratch, .large = op->gradient}));
    if (op->weight_gradient)
        DET_TRY(det_gemm_cuda(
            compute, &(struct det_gemm_cuda){.rows = op->in.c,
                                             .columns = width,
                                             .inner = places,
                                             .a = op->in.data,
                                             .a_transposed = true,
                                             .b = scratch,
                                             .out = op->weight_gradient,
                                             .beta = 1.0f}));
    if (!to->tensor.data)
        return DET_OK;
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = places,
                                         .columns = op->in.c,
                                         .inner = width,
                                         .a = scratch,
                                         .b = op->weight,
                                         .b_transposed = true,
                                         .out = to->tensor.data,
                                         .beta = to->add ? 1.0f : 0.0f});
}
