/* SPDX-License-Identifier: MIT */
/* Which of the kernels the CPU gets.  The same sums in the same order, so the
 * same bits, wherever there are fused multiply-adds. */
#include "compute/cpu/conv2d_kernel_cpu.h"

#include "compute/cpu/clones_cpu.h"

void det_conv2d_block(const struct det_conv2d_block *block)
{
    if (det_cpu_has_avx512())
        det_conv2d_block_avx512(block);
    else
        det_conv2d_block_avx2(block);
}

void det_conv2d_products(const struct det_conv2d_products *products)
{
    if (det_cpu_has_avx512())
        det_conv2d_products_avx512(products);
    else
        det_conv2d_products_avx2(products);
}

DET_CPU_CLONES
static void norm_fused(float *restrict out, const float *restrict scale,
                       const float *restrict shift, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        out[i] = out[i] * scale[i] + shift[i];
}

void det_conv2d_norm_fused(float *restrict out, const float *restrict scale,
                           const float *restrict shift, int32_t count)
{
    norm_fused(out, scale, shift, count);
}
