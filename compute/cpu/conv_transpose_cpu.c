/* SPDX-License-Identifier: MIT */
/*
 * A 2x2 transposed convolution of stride 2 never overlaps itself: each input
 * place makes its own 2x2 output places, so it is one matrix product
 * [places, C] x [C, 4 K] followed by putting the four parts where they go.
 */
#include <omp.h>

#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { TILE_PLACES = 126, PARTS = 4 };

/* packed: panels of [C, DET_PANEL] over the columns [2, 2, K], from torch's
 * [C, K, 2, 2]; zeros fill the last. */
det_status det_pack_conv_transpose_cpu(struct det_compute *compute,
                                       float *packed, int32_t in_channels,
                                       int32_t out_channels,
                                       const float *weight)
{
    const int32_t columns = PARTS * out_channels;
    (void)compute;
    for (int32_t first = 0; first < columns; first += DET_PANEL)
        for (int32_t c = 0; c < in_channels; c++)
            for (int32_t i = first; i < first + DET_PANEL; i++)
                *packed++ = i < columns
                                ? weight[((size_t)c * (size_t)out_channels +
                                          (size_t)(i % out_channels)) *
                                             PARTS +
                                         (size_t)(i / out_channels)]
                                : 0.0f;
    return DET_OK;
}

size_t det_conv_transpose_scratch_cpu(const struct det_conv_transpose *op,
                                      int threads)
{
    return (size_t)threads * TILE_PLACES * PARTS * (size_t)op->out.c *
           sizeof(float);
}

/* One of the four parts: bias and ReLU on the way to its place. */
static void put_part(float *restrict out, const float *restrict part,
                     const struct det_conv_transpose *op)
{
    for (int32_t k = 0; k < op->out.c; k++) {
        const float sum = part[k] + (op->bias ? op->bias[k] : 0.0f);
        out[k] = op->relu && sum < 0.0f ? 0.0f : sum;
    }
}

static void scatter_place(const struct det_conv_transpose *op, int64_t place,
                          const float *parts)
{
    const int64_t map = (int64_t)op->in.h * op->in.w;
    const int64_t y = place % map / op->in.w, x = place % op->in.w;
    float *image = op->out.data + place / map * det_tensor_stride(&op->out);
    for (int part = 0; part < PARTS; part++) {
        const int64_t oy = 2 * y + part / 2, ox = 2 * x + part % 2;
        put_part(image + (oy * op->out.w + ox) * op->out.c,
                 parts + (size_t)part * op->out.c, op);
    }
}

det_status det_conv_transpose_cpu(struct det_compute *compute,
                                  const struct det_conv_transpose *op,
                                  void *scratch)
{
    const int64_t places = det_tensor_places(&op->in);
    const int32_t width = PARTS * op->out.c;
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t first = 0; first < places; first += TILE_PLACES) {
        const int64_t rest = places - first;
        const int64_t rows = rest < TILE_PLACES ? rest : TILE_PLACES;
        float *parts = (float *)scratch +
                       omp_get_thread_num() * TILE_PLACES * (int64_t)width;
        const struct det_conv2d_row row = {
            .out = parts, .in = op->in.data + first * op->in.c, .places = rows};
        det_conv2d_block(&(struct det_conv2d_block){
            .rows = &row,
            .num_rows = 1,
            .in_stride = op->in.c,
            .out_stride = width,
            .runs = 1,
            .run = op->in.c,
            .weights = op->packed,
            .panel_stride = (int64_t)op->in.c * DET_PANEL,
            .asks = true, /* RoIs: more than caches hold */
            .columns = width,
            .start = DET_SUM_FROM_BIAS});
        for (int64_t i = 0; i < rows; i++)
            scatter_place(op, first + i, parts + i * width);
    }
    return DET_OK;
}
