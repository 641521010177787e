/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"

/* Dot product of one place with one column of a panel of packed weights. */
static float dot_column(const float *place, const float *column,
                        int32_t channels)
{
    float sum = 0.0f;
    for (int32_t c = 0; c < channels; c++)
        sum += place[c] * column[(size_t)c * DET_PANEL];
    return sum;
}

det_status det_select_channel_cpu(struct det_compute *compute,
                                  const struct det_select_channel *op)
{
    const int64_t map = (int64_t)op->in.h * op->in.w;
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t r = 0; r < op->in.n; r++) {
        const int32_t k = op->channel[r];
        const float *column =
            op->packed +
            (size_t)(k / DET_PANEL) * (size_t)op->in.c * DET_PANEL +
            k % DET_PANEL;
        for (int64_t i = r * map; i < (r + 1) * map; i++)
            op->out.data[i] =
                dot_column(op->in.data + i * op->in.c, column, op->in.c) +
                op->bias[k];
    }
    return DET_OK;
}
