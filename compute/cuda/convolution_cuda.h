/* SPDX-License-Identifier: MIT */
/*
 * Convolutions by cuDNN's graph API: one plan for each shape, made when it is
 * met first and kept.
 */
#ifndef COMPUTE_CUDA_CONVOLUTION_CUDA_H
#define COMPUTE_CUDA_CONVOLUTION_CUDA_H

#include "compute/ops.h"

struct det_conv_plans;

enum det_conv_pass {
    DET_CONV_FORWARD,
    DET_CONV_BACKWARD_DATA,  /* gradient of the input from that of the output */
    DET_CONV_BACKWARD_WEIGHT /* gradient of the weights from both maps */
};

/* All that a plan depends on.  To be compared byte by byte: begin from
 * det_conv_problem_init. */
struct det_conv_problem {
    enum det_conv_pass pass;
    enum det_element element;        /* of all tensors; sums are floats */
    enum det_element weight_element; /* of a gradient of weights: likewise, or
                                        floats */
    struct det_conv_shape shape;
    int32_t n, in_h, in_w, out_h, out_w;
    /* Of the forward: out = relu(conv(in) + residual + bias). */
    int32_t residual, bias, relu; /* 0 or 1 */
};

/* Nothing follows the sum, and all is of one kind: there must be a kernel. */
static inline bool
det_conv_problem_is_bare(const struct det_conv_problem *problem)
{
    return !problem->residual && !problem->bias && !problem->relu &&
           problem->weight_element == problem->element;
}

/* What the passes read and write; weights are [K, R, S, C/groups]. */
struct det_conv_operands {
    float *in, *weight, *out;
    const float *residual, *bias; /* NULL: none */
};

void det_conv_problem_init(struct det_conv_problem *problem,
                           enum det_conv_pass pass,
                           const struct det_conv_shape *shape,
                           const struct det_tensor *in,
                           const struct det_tensor *out);

/* *done is false, and nothing was computed, where the library has no kernel
 * for the problem; for a bare one it must have one.  What a pass writes it
 * overwrites. */
det_status det_convolution(struct det_compute *compute,
                           const struct det_conv_problem *problem,
                           const struct det_conv_operands *operands,
                           bool *done);

det_status det_conv_plans_create(struct det_conv_plans **out,
                                 struct det_message *message);
void det_conv_plans_destroy(struct det_conv_plans **plans);

#endif
