/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_epilogue_cpu.h"

#include "compute/cpu/conv2d_kernel_cpu.h"

static void norm_row(float *restrict out, const struct det_conv_norm *norm,
                     int32_t first, int32_t channels)
{
    const float *restrict scale = norm->scale + first;
    const float *restrict shift = norm->shift + first;
    if (norm->fused)
        det_conv2d_norm_fused(out, scale, shift, channels);
    else
        for (int32_t k = 0; k < channels; k++)
            out[k] = out[k] * scale[k] + shift[k];
}

static void finish_row(float *restrict out, const float *restrict residual,
                       int32_t channels, bool relu)
{
    if (residual)
        for (int32_t k = 0; k < channels; k++)
            out[k] += residual[k];
    if (relu)
        for (int32_t k = 0; k < channels; k++)
            out[k] = out[k] < 0.0f ? 0.0f : out[k]; /* keeps NaN, as torch */
}

void det_conv2d_finish(const struct det_conv2d *op, int64_t place,
                       int32_t first, int32_t count)
{
    const int64_t at = place * op->out.c + first;
    float *out = op->out.data + at;
    if (op->norm.scale)
        norm_row(out, &op->norm, first, count);
    finish_row(out, op->residual.data ? op->residual.data + at : NULL, count,
               op->relu);
}
