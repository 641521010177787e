/* SPDX-License-Identifier: MIT */
/* A piece of im2col: what a convolution's kernel sees, in the order in which
 * compute/cpu/conv2d_cpu.c sums. */
#ifndef COMPUTE_CPU_CONV2D_PATCHES_CPU_H
#define COMPUTE_CPU_CONV2D_PATCHES_CPU_H

#include "compute/cpu/conv2d_pack_cpu.h"

struct det_conv2d_patches {
    const struct det_conv2d *op;
    int64_t first_place, places;     /* of N * OH * OW */
    int32_t first_channel, channels; /* of the input */
};

/* patches [places, R * S * channels]: groups of 8 channels (the last may have
 * fewer), kernel rows, kernel columns, channels of the group. */
void det_conv2d_fill_patches(float *patches,
                             const struct det_conv2d_patches *which);

#endif
