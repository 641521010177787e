/* SPDX-License-Identifier: MIT */
/* Linear layers as one product by OpenBLAS, cut into tiles of rows and columns
 * that do not depend on the number of threads. */
#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { TILE_ROWS = 256, TILE_COLUMNS = 256 };

/* packed: [R * S * C, K], the order of a map in memory, from [K, C * R * S] */
det_status det_pack_linear_cpu(struct det_compute *compute, float *packed,
                               const struct det_conv_shape *s,
                               const float *weight)
{
    (void)compute;
    const int32_t area = s->kernel_h * s->kernel_w;
    for (int32_t k = 0; k < s->out_channels; k++)
        for (int32_t c = 0; c < s->in_channels; c++)
            for (int32_t rs = 0; rs < area; rs++)
                packed[((size_t)rs * s->in_channels + c) * s->out_channels +
                       k] = *weight++;
    return DET_OK;
}

static void finish_rows(const struct det_linear *op, int64_t row, int64_t rows,
                        int32_t first, int32_t columns)
{
    for (int64_t i = row; i < row + rows; i++) {
        float *out = op->out.data + i * op->out.c + first;
        for (int32_t k = 0; k < columns; k++) {
            const float sum = out[k] + (op->bias ? op->bias[first + k] : 0.0f);
            out[k] = op->relu && sum < 0.0f ? 0.0f : sum;
        }
    }
}

static void compute_tile(const struct det_linear *op, int64_t row,
                         int32_t first)
{
    const int64_t rest = op->in.n - row, depth = det_tensor_stride(&op->in);
    const int64_t rows = rest < TILE_ROWS ? rest : TILE_ROWS;
    const int32_t left = op->out.c - first;
    const int32_t columns = left < TILE_COLUMNS ? left : TILE_COLUMNS;
    det_gemm_cpu(
        &(struct det_gemm){.out = op->out.data + row * op->out.c + first,
                           .a = op->in.data + row * depth,
                           .b = op->packed + first,
                           .rows = rows,
                           .columns = columns,
                           .depth = depth,
                           .out_stride = op->out.c,
                           .a_stride = depth,
                           .b_stride = op->out.c});
    finish_rows(op, row, rows, first, columns);
}

det_status det_linear_cpu(struct det_compute *compute,
                          const struct det_linear *op)
{
    const int64_t row_tiles = (op->in.n + TILE_ROWS - 1) / TILE_ROWS;
    const int64_t column_tiles = (op->out.c + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const int blas_threads = det_single_blas_thread();
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t i = 0; i < row_tiles * column_tiles; i++)
        compute_tile(op, i / column_tiles * TILE_ROWS,
                     (int32_t)(i % column_tiles) * TILE_COLUMNS);
    det_restore_blas_threads(blas_threads);
    return DET_OK;
}
