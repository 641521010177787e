/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_epilogue_cpu.h"

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/conv2d_kernel_cpu.h"

/* Channels of places, `stride` floats apart. */
struct rows {
    float *out;
    const float *residual; /* or NULL */
    int64_t count, stride;
    int32_t channels;
};

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

static inline __attribute__((always_inline)) void
add_row(float *restrict out, const float *restrict residual, int32_t channels)
{
    for (int32_t k = 0; k < channels; k++)
        out[k] += residual[k];
}

static inline __attribute__((always_inline)) void relu_row(float *restrict out,
                                                           int32_t channels)
{
    for (int32_t k = 0; k < channels; k++)
        out[k] = out[k] < 0.0f ? 0.0f : out[k]; /* keeps NaN, as torch */
}

static inline __attribute__((always_inline)) void
add_relu_row(float *restrict out, const float *restrict residual,
             int32_t channels)
{
    for (int32_t k = 0; k < channels; k++) {
        const float sum = out[k] + residual[k];
        out[k] = sum < 0.0f ? 0.0f : sum;
    }
}

DET_CPU_CLONES
static void norm_rows(const struct rows *rows, const struct det_conv_norm *norm,
                      int32_t first)
{
    for (int64_t i = 0; i < rows->count; i++)
        norm_row(rows->out + i * rows->stride, norm, first, rows->channels);
}

DET_CPU_CLONES
static void finish_rows(const struct rows *rows, bool relu)
{
    for (int64_t i = 0; i < rows->count; i++) {
        float *out = rows->out + i * rows->stride;
        const float *residual =
            rows->residual ? rows->residual + i * rows->stride : NULL;
        if (residual && relu)
            add_relu_row(out, residual, rows->channels);
        else if (residual)
            add_row(out, residual, rows->channels);
        else if (relu)
            relu_row(out, rows->channels);
    }
}

void det_conv2d_finish(const struct det_conv2d *op,
                       const struct det_conv2d_part *part)
{
    const int64_t at = part->first_place * op->out.c + part->first_channel;
    const float *residual = op->residual.data;
    const struct rows rows = {.out = op->out.data + at,
                              .residual = residual ? residual + at : NULL,
                              .count = part->places,
                              .stride = op->out.c,
                              .channels = part->channels};
    if (op->norm.scale)
        norm_rows(&rows, &op->norm, part->first_channel);
    if (residual || op->relu)
        finish_rows(&rows, op->relu);
}
