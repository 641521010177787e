/* SPDX-License-Identifier: MIT */
/* Each input place made its own 2x2 output places: gathered, their gradients
 * are a row of [K, 2, 2], which is how torch keeps the weights. */
#include <omp.h>
#include <string.h>

#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { TILE_PLACES = 128 };

struct sizes {
    int64_t width;   /* 4 K */
    size_t sum;      /* floats of one thread's weight gradient */
    size_t gathered; /* floats of its tile */
};

static struct sizes sizes_of(const struct det_conv_backward *op)
{
    struct sizes s = {.width = 4 * (int64_t)op->shape.out_channels};
    if (op->weight_gradient)
        s.sum = (size_t)s.width * (size_t)op->in.c;
    s.gathered = (size_t)(TILE_PLACES * s.width);
    return s;
}

size_t
det_conv_transpose_backward_scratch_cpu(const struct det_conv_backward *op,
                                        int threads)
{
    const struct sizes s = sizes_of(op);
    return (size_t)threads * (s.sum + s.gathered) * sizeof(float);
}

static void gather_place(float *out, const struct det_conv_backward *op,
                         int64_t place)
{
    const struct det_tensor *g = &op->gradient;
    const int64_t map = (int64_t)op->in.h * op->in.w;
    const int64_t y = place % map / op->in.w, x = place % op->in.w;
    const float *image = g->data + place / map * det_tensor_stride(g);
    for (int part = 0; part < 4; part++) {
        const float *from =
            image + ((2 * y + part / 2) * g->w + 2 * x + part % 2) * g->c;
        for (int32_t k = 0; k < g->c; k++)
            out[4 * (int64_t)k + part] = from[k];
    }
}

static void run_tile(const struct det_conv_backward *op, const struct sizes *s,
                     float *sum, float *gathered, int64_t first)
{
    const struct det_gradient *g = &op->in_gradient;
    const int64_t rest = det_tensor_places(&op->in) - first, c = op->in.c;
    const int64_t places = rest < TILE_PLACES ? rest : TILE_PLACES;
    for (int64_t i = 0; i < places; i++)
        gather_place(gathered + i * s->width, op, first + i);
    if (op->weight_gradient)
        det_gemm_cpu(&(struct det_gemm){.out = sum,
                                        .a = op->in.data + first * c,
                                        .b = gathered,
                                        .rows = c,
                                        .columns = s->width,
                                        .depth = places,
                                        .out_stride = s->width,
                                        .a_stride = c,
                                        .b_stride = s->width,
                                        .a_transposed = true,
                                        .add = true});
    if (g->tensor.data)
        det_gemm_cpu(&(struct det_gemm){.out = g->tensor.data + first * c,
                                        .a = gathered,
                                        .b = op->weight,
                                        .rows = places,
                                        .columns = c,
                                        .depth = s->width,
                                        .out_stride = c,
                                        .a_stride = s->width,
                                        .b_stride = s->width,
                                        .b_transposed = true,
                                        .add = g->add});
}

/* Tiles share, share + shares, ... */
static void run_share(const struct det_conv_backward *op, float *own, int share,
                      int shares)
{
    const struct sizes s = sizes_of(op);
    const int64_t places = det_tensor_places(&op->in);
    memset(own, 0, s.sum * sizeof(float));
    for (int64_t first = share * TILE_PLACES; first < places;
         first += shares * TILE_PLACES)
        run_tile(op, &s, own, own + s.sum, first);
}

det_status det_conv_transpose_backward_cpu(struct det_compute *compute,
                                           const struct det_conv_backward *op,
                                           void *scratch)
{
    const struct sizes s = sizes_of(op);
    const int shares = compute->threads;
    float *rooms = scratch;
    const int blas_threads = det_single_blas_thread();
#pragma omp parallel for schedule(static, 1) num_threads(shares)
    for (int i = 0; i < shares; i++)
        run_share(op, rooms + (size_t)i * (s.sum + s.gathered), i, shares);
    for (int i = 0; i < shares; i++)
        for (size_t k = 0; k < s.sum; k++)
            op->weight_gradient[k] +=
                rooms[(size_t)i * (s.sum + s.gathered) + k];
    det_restore_blas_threads(blas_threads);
    return DET_OK;
}
