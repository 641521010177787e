/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CONV_BACKWARD_H
#define COMPUTE_CONV_BACKWARD_H

#include "compute/conv_layer.h"

/* Gradients of a bare sum's weights and input. */
det_status det_conv_backward(struct det_compute *compute,
                             enum det_conv_kind kind,
                             const struct det_conv_backward *op);

#endif
