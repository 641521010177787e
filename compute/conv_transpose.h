/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CONV_TRANSPOSE_H
#define COMPUTE_CONV_TRANSPOSE_H

#include "compute/ops.h"

/* Transposed convolution with a 2x2 kernel and stride 2, to `out_channels`
 * channels; op->out is taken from the arena. */
det_status det_conv_transpose(struct det_compute *compute,
                              struct det_conv_transpose *op,
                              int32_t out_channels);

#endif
