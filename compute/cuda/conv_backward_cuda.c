/* SPDX-License-Identifier: MIT */
/* cuDNN wants weights as maps lie, [K, R, S, C/groups], and writes what it
 * computes: torch's order is made before, and sums are added after. */
#include "compute/cuda/convolution_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/ops_cuda.h"

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
    (void)threads;
    return weight_bytes(op) + (op->in_gradient.add
                                   ? (size_t)det_tensor_stride(&op->in) *
                                         (size_t)op->in.capacity * sizeof(float)
                                   : 0);
}

/* A kernel for the bare pass there must be. */
static det_status run(struct det_compute *compute,
                      const struct det_conv_backward *op,
                      enum det_conv_pass pass, float *in, float *weight)
{
    struct det_conv_problem problem;
    const struct det_conv_operands operands = {
        .in = in, .weight = weight, .out = op->gradient.data};
    bool fused;
    det_conv_problem_init(&problem, pass, &op->shape, &op->in, &op->gradient);
    return det_convolution(compute, &problem, &operands, &fused);
}

static det_status weight_gradient(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  float *packed)
{
    const struct det_conv_shape *s = &op->shape;
    DET_TRY(run(compute, op, DET_CONV_BACKWARD_WEIGHT, op->in.data, packed));
    return det_swap_cuda(compute, &(struct det_swap_cuda){
                                      .out = op->weight_gradient,
                                      .in = packed,
                                      .rows = s->out_channels,
                                      .a = (int64_t)s->kernel_h * s->kernel_w,
                                      .b = s->in_channels / s->groups,
                                      .add = true});
}

static det_status input_gradient(struct det_compute *compute,
                                 const struct det_conv_backward *op,
                                 float *packed, float *apart)
{
    const struct det_gradient *to = &op->in_gradient;
    float *out = to->add ? apart : to->tensor.data;
    DET_TRY(det_pack_conv2d_cuda(compute, packed, &op->shape, op->weight));
    DET_TRY(run(compute, op, DET_CONV_BACKWARD_DATA, out, packed));
    return to->add ? det_add_cuda(compute, to->tensor.data, apart,
                                  det_tensor_count(&to->tensor))
                   : DET_OK;
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
