/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CPU_CONV2D_EPILOGUE_CPU_H
#define COMPUTE_CPU_CONV2D_EPILOGUE_CPU_H

#include "compute/ops.h"

/* Places that follow each other, and channels, of an output. */
struct det_conv2d_part {
    int64_t first_place, places;
    int32_t first_channel, channels;
};

/* Norm, residual and ReLU, where the sums lie. */
void det_conv2d_finish(const struct det_conv2d *op,
                       const struct det_conv2d_part *part);

#endif
