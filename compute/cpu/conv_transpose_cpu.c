/* SPDX-License-Identifier: MIT */
/*
 * A 2x2 transposed convolution of stride 2 never overlaps itself: each input
 * place makes its own 2x2 output places, so it is one matrix product
 * [places, C] x [C, 4 K] followed by putting the four parts where they go.
 */
#include <omp.h>

#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { TILE_PLACES = 128 };

/* packed: [C, 2, 2, K] from torch's [C, K, 2, 2] */
det_status det_pack_conv_transpose_cpu(struct det_compute *compute,
                                       float *packed, int32_t in_channels,
                                       int32_t out_channels,
                                       const float *weight)
{
    (void)compute;
    for (int32_t c = 0; c < in_channels; c++)
        for (int32_t k = 0; k < out_channels; k++)
            for (int32_t part = 0; part < 4; part++)
                packed[((size_t)c * 4 + part) * out_channels + k] =
                    weight[((size_t)c * out_channels + k) * 4 + part];
    return DET_OK;
}

size_t det_conv_transpose_scratch_cpu(const struct det_conv_transpose *op,
                                      int threads)
{
    return (size_t)threads * TILE_PLACES * 4 * (size_t)op->out.c *
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
    for (int part = 0; part < 4; part++) {
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
    const int64_t width = 4 * (int64_t)op->out.c;
    const int blas_threads = det_single_blas_thread();
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t first = 0; first < places; first += TILE_PLACES) {
        const int64_t rest = places - first;
        const int64_t rows = rest < TILE_PLACES ? rest : TILE_PLACES;
        float *parts =
            (float *)scratch + omp_get_thread_num() * TILE_PLACES * width;
        det_gemm_cpu(&(struct det_gemm){.out = parts,
                                        .a = op->in.data + first * op->in.c,
                                        .b = op->packed,
                                        .rows = rows,
                                        .columns = width,
                                        .depth = op->in.c,
                                        .out_stride = width,
                                        .a_stride = op->in.c,
                                        .b_stride = width});
        for (int64_t i = 0; i < rows; i++)
            scatter_place(op, first + i, parts + i * width);
    }
    det_restore_blas_threads(blas_threads);
    return DET_OK;
}
