/* SPDX-License-Identifier: MIT */
/* cuDNN wants weights as maps lie, [K, R, S, C/groups], and writes what it
 * computes: torch's order is made before, and sums are added after. */
#include "compute/cuda/convolution_cuda.h"
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/ops_cuda.h"

/* Of the weights or their gradient, which may be of floats. */
static size_t weight_bytes(const struct det_conv_backward *op)
{
    const size_t bytes =
        det_packed_conv2d_count_cuda(&op->shape) * sizeof(float);
    return (bytes + 255) & ~(size_t)255;
}

/* The weights, or their gradient; behind them a gradient of the input that is
 * to be added. */
size_t det_conv2d_backward_scratch_cuda(const struct det_conv_backward *op,
                                        int threads)
{
    const size_t apart = (size_t)det_tensor_stride(&op->in) *
                         (size_t)op->in.capacity *
                         det_element_size(op->in.element);
    (void)threads;
    return weight_bytes(op) + (op->in_gradient.add ? apart : 0);
}

static struct det_conv_problem problem_of(const struct det_conv_backward *op,
                                          enum det_conv_pass pass)
{
    struct det_conv_problem problem;
    det_conv_problem_init(&problem, pass, &op->shape, &op->in, &op->gradient);
    return problem;
}

static det_status run(struct det_compute *compute,
                      const struct det_conv_backward *op,
                      const struct det_conv_problem *problem, float *in,
                      float *weight, bool *done)
{
    const struct det_conv_operands operands = {
        .in = in, .weight = weight, .out = op->gradient.data};
    return det_convolution(compute, problem, &operands, done);
}

/* Sums of halves are stored as floats, which loses nothing, where cuDNN has a
 * kernel that does so.  *element becomes what `packed` was written as. */
static det_status sum_products(struct det_compute *compute,
                               const struct det_conv_backward *op,
                               float *packed, enum det_element *element)
{
    struct det_conv_problem problem = problem_of(op, DET_CONV_BACKWARD_WEIGHT);
    bool done = false;
    *element = problem.weight_element = DET_ELEMENT_FP32;
    DET_TRY(run(compute, op, &problem, op->in.data, packed, &done));
    if (done)
        return DET_OK;
    *element = problem.weight_element = op->in.element;
    return run(compute, op, &problem, op->in.data, packed, &done);
}

static bool is_product(const struct det_conv_shape *s)
{
    return s->kernel_h == 1 && s->kernel_w == 1 && s->stride == 1 &&
           s->pad == 0 && s->groups == 1;
}

/* cuBLAS adds products of halves to floats: those of a 1x1 convolution, whose
 * weights lie in torch's order. */
static det_status add_products(struct det_compute *compute,
                               const struct det_conv_backward *op)
{
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = op->gradient.c,
                                         .columns = op->in.c,
                                         .inner = det_tensor_places(&op->in),
                                         .a = op->gradient.data,
                                         .a_transposed = true,
                                         .b = op->in.data,
                                         .out = op->weight_gradient,
                                         .element = op->in.element,
                                         .beta = 1.0f});
}

static det_status weight_gradient(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  float *packed)
{
    const struct det_conv_shape *s = &op->shape;
    enum det_element element;
    if (op->in.element != DET_ELEMENT_FP32 && is_product(s))
        return add_products(compute, op);
    DET_TRY(sum_products(compute, op, packed, &element));
    return det_swap_cuda(compute, &(struct det_swap_cuda){
                                      .out = op->weight_gradient,
                                      .in = packed,
                                      .rows = s->out_channels,
                                      .a = (int64_t)s->kernel_h * s->kernel_w,
                                      .b = s->in_channels / s->groups,
                                      .in_element = element,
                                      .add = true});
}

/* A kernel for the bare pass there must be. */
static det_status input_gradient(struct det_compute *compute,
                                 const struct det_conv_backward *op,
                                 float *packed, float *apart)
{
    const struct det_conv_problem problem =
        problem_of(op, DET_CONV_BACKWARD_DATA);
    const struct det_gradient *to = &op->in_gradient;
    float *out = to->add ? apart : to->tensor.data;
    bool done;
    DET_TRY(det_pack_conv2d_cuda(compute, packed, &op->shape, op->weight));
    DET_TRY(run(compute, op, &problem, out, packed, &done));
    return to->add ? det_add_cuda(compute, &to->tensor, apart) : DET_OK;
}

det_status det_conv2d_backward_cuda(struct det_compute *compute,
                                    const struct det_conv_backward *op,
                                    void *scratch)
{
    float *packed = scratch;
    float *apart =
        (float *)(void *)((unsigned char *)scratch + weight_bytes(op));
    if (op->in.n == 0)
        return DET_OK;
    if (op->weight_gradient)
        DET_TRY(weight_gradient(compute, op, packed));
    if (op->in_gradient.tensor.data)
        DET_TRY(input_gradient(compute, op, packed, apart));
    return DET_OK;
}
