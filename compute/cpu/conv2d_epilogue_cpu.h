/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CPU_CONV2D_EPILOGUE_CPU_H
#define COMPUTE_CPU_CONV2D_EPILOGUE_CPU_H

#include "compute/ops.h"

/* Norm, residual and ReLU of channels [first, first + count) of an output
 * place, where the sum lies. */
void det_conv2d_finish(const struct det_conv2d *op, int64_t place,
                       int32_t first, int32_t count);

#endif
