/* SPDX-License-Identifier: MIT */
/*
 * compute/meson.build compiles this file with -ffp-contract=fast: a product
 * and the sum it goes into are rounded once.  Written with GCC's vectors;
 * where the compiler can, it is compiled for AVX2 with FMA and for any CPU,
 * and the loader takes what fits.
 */
#include "compute/cpu/conv2d_kernel_cpu.h"

#include <string.h>

#include "compute/cpu/clones_cpu.h"

/* 6 x 16 sums, two weights and one input fill the 16 registers of AVX2. */
enum { ROWS = 6, LANES = 8 };

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef float loose_vector
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

/* A macro, since how a function returns such a vector depends on the CPU. */
#define ALL(x) ((vector){x, x, x, x, x, x, x, x})

/* The patches of up to ROWS places; places that are not there repeat the
 * last one, and what becomes of them is dropped. */
struct patch_rows {
    const float *at[ROWS];
};

#define ADD_ROW(r)                                                             \
    do {                                                                       \
        const float a = a##r[d];                                               \
        sums[r][0] += ALL(a) * w0;                                             \
        sums[r][1] += ALL(a) * w1;                                             \
    } while (0)

/* sums += patches * weights over the depth. */
static inline __attribute__((always_inline)) void
multiply(vector sums[ROWS][2], const struct patch_rows *rows,
         const float *weights, int64_t depth)
{
    const float *a0 = rows->at[0], *a1 = rows->at[1], *a2 = rows->at[2];
    const float *a3 = rows->at[3], *a4 = rows->at[4], *a5 = rows->at[5];
    for (int64_t d = 0; d < depth; d++, weights += DET_PANEL) {
        const vector w0 = *(const loose_vector *)weights;
        const vector w1 = *(const loose_vector *)(weights + LANES);
        ADD_ROW(0);
        ADD_ROW(1);
        ADD_ROW(2);
        ADD_ROW(3);
        ADD_ROW(4);
        ADD_ROW(5);
    }
}

/* One tile of ROWS x DET_PANEL outputs. */
static inline __attribute__((always_inline)) void
compute_tile(float *out, int64_t stride, const struct patch_rows *rows,
             const float *weights, int64_t depth, bool apart)
{
    vector sums[ROWS][2];
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++)
            sums[r][half] =
                apart
                    ? ALL(0.0f)
                    : *(const loose_vector *)(out + r * stride + half * LANES);
    multiply(sums, rows, weights, depth);
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++) {
            loose_vector *at =
                (loose_vector *)(out + r * stride + half * LANES);
            *at = apart ? *at + sums[r][half] : sums[r][half];
        }
}

/* A tile at an edge: fewer places or fewer channels. */
static inline __attribute__((always_inline)) void
compute_edge(const struct det_conv2d_block *b, float *out, int64_t places,
             int32_t columns, const struct patch_rows *rows,
             const float *weights)
{
    float room[ROWS * DET_PANEL] = {0};
    const size_t bytes = (size_t)columns * sizeof(float);
    for (int64_t r = 0; r < places; r++)
        memcpy(room + r * DET_PANEL, out + r * b->out_stride, bytes);
    compute_tile(room, DET_PANEL, rows, weights, b->depth, b->apart);
    for (int64_t r = 0; r < places; r++)
        memcpy(out + r * b->out_stride, room + r * DET_PANEL, bytes);
}

DET_CPU_CLONES
static void compute_block(const struct det_conv2d_block *b)
{
    const float *weights = b->weights;
    for (int32_t k = 0; k < b->columns; k += DET_PANEL) {
        const int32_t rest = b->columns - k;
        const int32_t columns = rest < DET_PANEL ? rest : DET_PANEL;
        for (int64_t p = 0; p < b->places; p += ROWS) {
            const int64_t left = b->places - p;
            const int64_t places = left < ROWS ? left : ROWS;
            float *out = b->out + p * b->out_stride + k;
            struct patch_rows rows;
            for (int64_t r = 0; r < ROWS; r++)
                rows.at[r] = b->patches + (p + (r < places ? r : places - 1)) *
                                              b->patch_stride;
            if (places == ROWS && columns == DET_PANEL)
                compute_tile(out, b->out_stride, &rows, weights, b->depth,
                             b->apart);
            else
                compute_edge(b, out, places, columns, &rows, weights);
        }
        weights += b->panel_stride;
    }
}

void det_conv2d_block(const struct det_conv2d_block *block)
{
    compute_block(block);
}

DET_CPU_CLONES
static void norm_fused(float *restrict out, const float *restrict scale,
                       const float *restrict shift, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        out[i] = out[i] * scale[i] + shift[i];
}

void det_conv2d_norm_fused(float *restrict out, const float *restrict scale,
                           const float *restrict shift, int32_t count)
{
    norm_fused(out, scale, shift, count);
}
