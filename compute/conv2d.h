/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CONV2D_H
#define COMPUTE_CONV2D_H

#include "compute/ops.h"

/* Side of a convolution's output: floor((in + 2 pad - extent) / stride) + 1;
 * less than 1 when the kernel does not fit. */
int32_t det_conv2d_output_side(int32_t in, int32_t kernel, int32_t stride,
                               int32_t pad, int32_t dilation);

/* op->in and the rest are given; op->out is taken from the arena, or is
 * op->residual where the operation is in_place, which is refused unless the
 * device's conv2d_fits_in_place. */
det_status det_conv2d(struct det_compute *compute, struct det_conv2d *op);

#endif
