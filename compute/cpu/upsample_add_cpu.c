/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/upsample_source.h"

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
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t row = 0; row < rows; row++) {
        const int64_t y =
            det_upsample_source((int32_t)(row % out->h), coarse->h, out->h);
        const float *from = coarse->data +
                            row / out->h * det_tensor_stride(coarse) +
                            y * coarse->w * coarse->c;
        for (int32_t x = 0; x < out->w; x++) {
            const int64_t source = det_upsample_source(x, coarse->w, out->w);
            add_row(out->data + (row * out->w + x) * out->c,
                    from + source * coarse->c, out->c);
        }
    }
    return DET_OK;
}

/* ----------------------------------------------------------------- backward */

/* What one row of the output gives to one row of the coarse map. */
static void collect_row(float *to, const struct det_tensor *coarse,
                        const float *from, int32_t out_w)
{
    for (int32_t x = 0; x < out_w; x++)
        add_row(to + (int64_t)det_upsample_source(x, coarse->w, out_w) *
                         coarse->c,
                from + (int64_t)x * coarse->c, coarse->c);
}

det_status
det_upsample_add_backward_cpu(struct det_compute *compute,
                              const struct det_upsample_add_backward *op)
{
    const struct det_tensor *from = &op->gradient, *to = &op->coarse.tensor;
    const int64_t rows = (int64_t)to->n * to->h;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t row = 0; row < rows; row++) {
        float *out = to->data + row * to->w * to->c;
        if (!op->coarse.add)
            memset(out, 0, (size_t)to->w * (size_t)to->c * sizeof *out);
        for (int32_t y = 0; y < from->h; y++)
            if (det_upsample_source(y, to->h, from->h) == row % to->h)
                collect_row(out, to,
                            from->data + row / to->h * det_tensor_stride(from) +
                                (int64_t)y * from->w * from->c,
                            from->w);
    }
    return DET_OK;
}
