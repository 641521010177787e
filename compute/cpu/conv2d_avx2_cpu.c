/* SPDX-License-Identifier: MIT */
/* For AVX2 and, where the compiler can make both, any other CPU. */
#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/conv2d_tiles_cpu.h"

DET_CPU_CLONES
static void block_for_cpu(const struct det_conv2d_block *block)
{
    compute_block(block);
}

void det_conv2d_block_avx2(const struct det_conv2d_block *block)
{
    block_for_cpu(block);
}

DET_CPU_CLONES
static void products_for_cpu(const struct det_conv2d_products *products)
{
    compute_products(products);
}

void det_conv2d_products_avx2(const struct det_conv2d_products *products)
{
    products_for_cpu(products);
}
