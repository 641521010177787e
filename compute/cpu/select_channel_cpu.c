/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum { TILE_PLACES = 126 };

/* Places of one RoI.  Reading the map is what takes the time, so that the other
 * channels of the panel cost nothing. */
static void select_places(const struct det_select_channel *op, int64_t first,
                          int64_t count, int32_t channel)
{
    float sums[TILE_PLACES * DET_PANEL];
    const int64_t panel = (int64_t)op->in.c * DET_PANEL;
    const struct det_conv2d_row row = {
        .out = sums, .in = op->in.data + first * op->in.c, .places = count};
    det_conv2d_block(&(struct det_conv2d_block){
        .rows = &row,
        .num_rows = 1,
        .in_stride = op->in.c,
        .out_stride = DET_PANEL,
        .runs = 1,
        .run = op->in.c,
        .weights = op->packed + channel / DET_PANEL * panel,
        .panel_stride = panel,
        .asks = true,
        .columns = DET_PANEL,
        .start = DET_SUM_FROM_BIAS});
    for (int64_t i = 0; i < count; i++)
        op->out.data[first + i] =
            sums[i * DET_PANEL + channel % DET_PANEL] + op->bias[channel];
}

det_status det_select_channel_cpu(struct det_compute *compute,
                                  const struct det_select_channel *op)
{
    const int64_t map = (int64_t)op->in.h * op->in.w;
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t r = 0; r < op->in.n; r++) {
        for (int64_t i = 0; i < map; i += TILE_PLACES)
            select_places(op, r * map + i, det_smaller_64(TILE_PLACES, map - i),
                          op->channel[r]);
    }
    return DET_OK;
}

/* ----------------------------------------------------------------- backward */

static void input_gradient(const struct det_select_channel_backward *op,
                           int32_t r)
{
    const int32_t c = op->in.c;
    const int64_t map = (int64_t)op->in.h * op->in.w;
    const float *restrict weight = op->weight + (int64_t)op->channel[r] * c;
    for (int64_t i = r * map; i < (r + 1) * map; i++) {
        const float g = op->gradient.data[i];
        float *restrict out = op->in_gradient.tensor.data + i * c;
        for (int32_t k = 0; k < c; k++)
            out[k] = (op->in_gradient.add ? out[k] : 0.0f) + g * weight[k];
    }
}

/* Input channels [first, end) of all RoIs, in order. */
static void weight_gradient(const struct det_select_channel_backward *op,
                            int32_t first, int32_t end)
{
    const int32_t c = op->in.c;
    const int64_t map = (int64_t)op->in.h * op->in.w;
    for (int64_t i = 0; i < op->in.n * map; i++) {
        const float g = op->gradient.data[i];
        const float *restrict in = op->in.data + i * c;
        float *restrict out =
            op->weight_gradient + (int64_t)op->channel[i / map] * c;
        for (int32_t k = first; k < end; k++)
            out[k] += g * in[k];
    }
}

static void bias_gradient(const struct det_select_channel_backward *op)
{
    const int64_t map = (int64_t)op->in.h * op->in.w;
    for (int32_t r = 0; r < op->in.n; r++) {
        double sum = 0.0;
        for (int64_t i = r * map; i < (r + 1) * map; i++)
            sum += (double)op->gradient.data[i];
        op->bias_gradient[op->channel[r]] += (float)sum;
    }
}

det_status
det_select_channel_backward_cpu(struct det_compute *compute,
                                const struct det_select_channel_backward *op)
{
    const int shares = compute->threads;
    const int32_t c = op->in.c;
    if (op->in_gradient.tensor.data) {
#pragma omp parallel for num_threads(shares)
        for (int32_t r = 0; r < op->in.n; r++)
            input_gradient(op, r);
    }
    if (op->weight_gradient) {
#pragma omp parallel for schedule(static, 1) num_threads(shares)
        for (int i = 0; i < shares; i++)
            weight_gradient(op, c * i / shares, c * (i + 1) / shares);
    }
    if (op->bias_gradient)
        bias_gradient(op);
    return DET_OK;
}
