/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "base/smaller.h"
#include "compute/cuda/convolution_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/ops_cuda.h"

size_t det_conv2d_scratch_cuda(const struct det_conv2d *op, int threads)
{
    (void)op;
    (void)threads;
    return 0;
}

/* Of RoIs, whose number differs from photo to photo, the next power of two is
 * computed where all tensors have room: each number would need a plan of its
 * own.  What is behind the last one nobody reads. */
static int32_t planned_images(const struct det_conv2d *op)
{
    int32_t room = det_smaller(op->in.capacity, op->out.capacity), n = 1;
    if (op->residual.data)
        room = det_smaller(room, op->residual.capacity);
    while (n < op->in.n)
        n *= 2;
    n = det_smaller(n, room);
    return n > op->in.n ? n : op->in.n;
}

static struct det_conv_operands operands_of(const struct det_conv2d *op)
{
    return (struct det_conv_operands){.in = op->in.data,
                                      .weight = (float *)(uintptr_t)op->packed,
                                      .out = op->out.data};
}

static det_status run(struct det_compute *compute, const struct det_conv2d *op,
                      bool with_epilogue, bool *fused)
{
    struct det_conv_problem problem;
    struct det_conv_operands operands = operands_of(op);
    det_conv_problem_init(&problem, DET_CONV_FORWARD, &op->shape, &op->in,
                          &op->out);
    problem.n = planned_images(op);
    if (with_epilogue) {
        operands.bias = op->bias;
        operands.residual = op->residual.data;
        problem.bias = op->bias != NULL;
        problem.residual = op->residual.data != NULL;
        problem.relu = op->relu;
    }
    return det_convolution(compute, &problem, &operands, fused);
}

static bool is_product(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    return s->kernel_h == 1 && s->kernel_w == 1 && s->stride == 1 &&
           s->pad == 0 && s->groups == 1 && !op->residual.data &&
           !op->norm.scale;
}

/* Floats from a map of halves: cuDNN's ready-made kernels write what they read,
 * cuBLAS's products need not. */
static det_status predict(struct det_compute *compute,
                          const struct det_conv2d *op)
{
    if (!is_product(op))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a %d x %d convolution does not predict from a map in "
                        "half precision; a 1 x 1 does",
                        op->shape.kernel_h, op->shape.kernel_w);
    struct det_tensor places = det_tensor_view(&op->in, 1, 1, op->in.c);
    places.n = (int32_t)det_tensor_places(&op->in);
    return det_linear_cuda(compute, &(struct det_linear){.in = places,
                                                         .out = op->out,
                                                         .packed = op->packed,
                                                         .bias = op->bias,
                                                         .relu = op->relu});
}

/* out = relu(norm(conv + bias) + residual) in one kernel where cuDNN has it and
 * there is no norm (those of a loaded model are in its weights), else the sum
 * first. */
det_status det_conv2d_cuda(struct det_compute *compute,
                           const struct det_conv2d *op, void *scratch)
{
    const bool follows = op->bias || op->residual.data || op->relu;
    bool fused = false;
    (void)scratch;
    if (op->add || op->more_pad_left)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "this convolution is of the CPU's backward passes");
    if (op->in.n == 0)
        return DET_OK;
    if (op->in.element != op->out.element)
        return predict(compute, op);
    if (!op->norm.scale)
        DET_TRY(run(compute, op, true, &fused));
    if (fused)
        return DET_OK;
    DET_TRY(run(compute, op, false, &fused));
    return follows || op->norm.scale ? det_epilogue_cuda(compute, op) : DET_OK;
}

/* cuDNN does not say which of its engines read all of it before they write. */
bool det_conv2d_fits_in_place_cuda(const struct det_conv2d *op)
{
    (void)op;
    return false;
}

/* Which engine it chose, and what that multiplies, cuDNN keeps to itself. */
struct det_layer_way det_conv2d_way_cuda(const struct det_conv2d *op)
{
    return (struct det_layer_way){"cudnn", det_conv2d_flops(op)};
}
