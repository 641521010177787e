/* SPDX-License-Identifier: MIT */
/* Both gradients of a linear layer are one product each.  Weights keep torch's
 * order, [C, R * S] of a map that lies [R * S, C] in memory: it is the maps
 * that are turned, not the weights, which are larger. */
#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum { TILE_ROWS = 128, TILE_COLUMNS = 512 };

static int32_t map_area(const struct det_conv_backward *op)
{
    return op->in.h * op->in.w;
}

size_t det_linear_backward_scratch_cpu(const struct det_conv_backward *op,
                                       int threads)
{
    (void)threads;
    return map_area(op) == 1 ? 0
                             : (size_t)det_tensor_stride(&op->in) *
                                   (size_t)op->in.capacity * sizeof(float);
}

/* out [C, area] = in [area, C], for each row */
static void turn(int threads, float *out, const struct det_tensor *in)
{
    const int32_t area = in->h * in->w;
    const int64_t stride = det_tensor_stride(in);
#pragma omp parallel for num_threads(threads)
    for (int32_t i = 0; i < in->n; i++)
        for (int32_t rs = 0; rs < area; rs++)
            for (int32_t c = 0; c < in->c; c++)
                out[i * stride + (int64_t)c * area + rs] =
                    in->data[i * stride + (int64_t)rs * in->c + c];
}

static void turn_back(int threads, const struct det_gradient *out,
                      const float *in)
{
    const struct det_tensor *t = &out->tensor;
    const int32_t area = t->h * t->w;
    const int64_t stride = det_tensor_stride(t);
#pragma omp parallel for num_threads(threads)
    for (int32_t i = 0; i < t->n; i++)
        for (int32_t rs = 0; rs < area; rs++)
            for (int32_t c = 0; c < t->c; c++) {
                float *to = t->data + i * stride + (int64_t)rs * t->c + c;
                *to = (out->add ? *to : 0.0f) +
                      in[i * stride + (int64_t)c * area + rs];
            }
}

/* weight_gradient [K, D] += gradient [R, K], transposed, * rows [R, D] */
static void weight_gradient(int threads, const struct det_conv_backward *op,
                            const float *rows)
{
    const int64_t depth = det_tensor_stride(&op->in), k = op->gradient.c;
    const int64_t down = det_pieces_64(k, TILE_ROWS);
    const int64_t across = det_pieces_64(depth, TILE_COLUMNS);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t i = 0; i < down * across; i++) {
        const int64_t row = i / across * TILE_ROWS;
        const int64_t column = i % across * TILE_COLUMNS;
        det_gemm_cpu(&(struct det_gemm){
            .out = op->weight_gradient + row * depth + column,
            .a = op->gradient.data + row,
            .b = rows + column,
            .rows = det_smaller_64(k - row, TILE_ROWS),
            .columns = det_smaller_64(depth - column, TILE_COLUMNS),
            .depth = op->in.n,
            .out_stride = depth,
            .a_stride = k,
            .b_stride = depth,
            .a_transposed = true,
            .add = true});
    }
}

/* out [R, D] (+)= gradient [R, K] * weight [K, D] */
static void input_gradient(int threads, const struct det_conv_backward *op,
                           float *out, bool add)
{
    const int64_t depth = det_tensor_stride(&op->in), k = op->gradient.c;
    const int64_t across = det_pieces_64(depth, TILE_COLUMNS);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t i = 0; i < across; i++) {
        const int64_t column = i * TILE_COLUMNS;
        det_gemm_cpu(&(struct det_gemm){
            .out = out + column,
            .a = op->gradient.data,
            .b = op->weight + column,
            .rows = op->in.n,
            .columns = det_smaller_64(depth - column, TILE_COLUMNS),
            .depth = k,
            .out_stride = depth,
            .a_stride = k,
            .b_stride = depth,
            .add = add});
    }
}

det_status det_linear_backward_cpu(struct det_compute *compute,
                                   const struct det_conv_backward *op,
                                   void *scratch)
{
    const struct det_gradient *in_gradient = &op->in_gradient;
    const int threads = compute->threads;
    const bool flat = map_area(op) == 1;
    float *turned = scratch;
    if (op->in.n == 0)
        return DET_OK;
    const int blas_threads = det_single_blas_thread();
    if (op->weight_gradient) {
        if (!flat)
            turn(threads, turned, &op->in);
        weight_gradient(threads, op, flat ? op->in.data : turned);
    }
    if (in_gradient->tensor.data && flat) {
        input_gradient(threads, op, in_gradient->tensor.data, in_gradient->add);
    } else if (in_gradient->tensor.data) {
        input_gradient(threads, op, turned, false);
        turn_back(threads, in_gradient, turned);
    }
    det_restore_blas_threads(blas_threads);
    return DET_OK;
}
