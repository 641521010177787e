/* SPDX-License-Identifier: MIT */
/* The two halves of a convolution's backward. */
#ifndef COMPUTE_CPU_CONV2D_BACKWARD_CPU_H
#define COMPUTE_CPU_CONV2D_BACKWARD_CPU_H

#include "compute/ops.h"

size_t det_conv2d_input_gradient_scratch(const struct det_conv_backward *op,
                                         int threads);
det_status det_conv2d_input_gradient(struct det_compute *compute,
                                     const struct det_conv_backward *op,
                                     void *scratch);

size_t det_conv2d_weight_gradient_scratch(const struct det_conv_backward *op,
                                          int threads);
void det_conv2d_weight_gradient(struct det_compute *compute,
                                const struct det_conv_backward *op,
                                void *scratch);

#endif
