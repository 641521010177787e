/* SPDX-License-Identifier: MIT */
/* Weights in the order in which compute/cpu/conv2d_cpu.c sums: for each group
 * of the convolution, for each panel of output channels, [depth, DET_PANEL];
 * zeros fill the last panel. */
#ifndef COMPUTE_CPU_CONV2D_PACK_CPU_H
#define COMPUTE_CPU_CONV2D_PACK_CPU_H

#include "compute/ops.h"

/* Input channels that stay together in the order of the sum: panels of weights
 * are [C / 8][taps][8][DET_PANEL], the last group may have fewer. */
enum { DET_CONV_GROUP = 8 };

/* Where the weights of a convolution lie, which may be those of another one
 * turned round: floats from one group, output channel and input channel to the
 * next, and the place of each tap. */
struct det_conv2d_source {
    const float *weight;
    int64_t group_stride, out_stride, in_stride;
    const int32_t *taps; /* [kernel_h * kernel_w]; NULL: in order */
};

void det_conv2d_pack(int threads, float *packed,
                     const struct det_conv_shape *shape,
                     const struct det_conv2d_source *source);

#endif
