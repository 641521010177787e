/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

static void add_row(float *restrict out, const float *restrict coarse,
                    int32_t channels)
{
    for (int32_t k = 0; k < channels; k++)
        out[k] += coarse[k];
}

det_status det_upsample_add_cpu(struct det_compute *compute,
                                const struct det_upsample_add *op)
{
    const struct det_tensor *out = &op->out, *coarse = &op->coarse;
    const int64_t rows = (int64_t)out->n * out->h;
    /* torch computes the source index in floats: floor(i * (in / out)). */
    const float step_y = (float)coarse->h / (float)out->h;
    const float step_x = (float)coarse->w / (float)out->w;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t row = 0; row < rows; row++) {
        int64_t y = (int64_t)((float)(row % out->h) * step_y);
        y = y < coarse->h ? y : coarse->h - 1;
        const float *from = coarse->data +
                            row / out->h * det_tensor_stride(coarse) +
                            y * coarse->w * coarse->c;
        for (int32_t x = 0; x < out->w; x++) {
            int64_t source = (int64_t)((float)x * step_x);
            source = source < coarse->w ? source : coarse->w - 1;
            add_row(out->data + (row * out->w + x) * out->c,
                    from + source * coarse->c, out->c);
        }
    }
    return DET_OK;
}
