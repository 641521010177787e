/* SPDX-License-Identifier: MIT */
/* AVX-512 has 32 registers of a panel: over windows 28 sums, two of weights and
 * an input; else 12 sums, so that none waits for itself, with 13 loads of one
 * panel or 8 of two. */
#define LANES 16
#define BLOCK_ROWS 14
#define BLOCK_VECTORS 2
#define NARROW_ROWS 12
#define NARROW_VECTORS 1
#define WIDE_ROWS 6
#define WIDE_VECTORS 2

#include "compute/cpu/conv2d_tiles_cpu.h"
