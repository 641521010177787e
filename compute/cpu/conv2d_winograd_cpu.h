/* SPDX-License-Identifier: MIT */
/*
 * 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3), and of stride 2 by
 * F(4, 2) and F(4, 1), see winograd_cpu.h:
 *
 *   weights -> 36 matrices [C, K]
 *   patches of a block of tiles -> 36 matrices [tiles, C], or 81
 *   36 sums of their products [tiles, K], or 25 -> outputs, with norm, residual
 *   and ReLU
 *
 * A quarter of the multiplications, or 81 of 144; the sum of each output has
 * the same order whatever the blocks and threads are.
 */
#ifndef COMPUTE_CPU_CONV2D_WINOGRAD_CPU_H
#define COMPUTE_CPU_CONV2D_WINOGRAD_CPU_H

#include "compute/ops.h"

/* Whether it can be used and is faster than taps one by one; depends on the
 * shapes and op->in_order only. */
bool det_conv2d_suits_winograd(const struct det_conv2d *op);

/* Floats of scratch: not less than with fewer images. */
size_t det_conv2d_winograd_count(const struct det_conv2d *op, int threads);

/* Multiplications and additions of the products, also for the places of tiles
 * that hang over the map's edge. */
double det_conv2d_winograd_flops(const struct det_conv2d *op);

void det_conv2d_winograd(const struct det_conv2d *op, int threads,
                         float *scratch);

#endif
