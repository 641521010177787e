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

/* ------------------------------------------------------------------- taps */

static inline __attribute__((always_inline)) void
multiply_taps(vector sums[ROWS][2], const struct patch_rows *rows,
              const struct det_conv2d_taps *t, const float *weights,
              int32_t run)
{
    for (int64_t i = 0; i < t->runs; i++) {
        const int64_t at = t->offsets[i];
        const float *a0 = rows->at[0] + at, *a1 = rows->at[1] + at;
        const float *a2 = rows->at[2] + at, *a3 = rows->at[3] + at;
        const float *a4 = rows->at[4] + at, *a5 = rows->at[5] + at;
        for (int32_t d = 0; d < run; d++, weights += DET_PANEL) {
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
}

static inline __attribute__((always_inline)) void
compute_taps_tile(float *out, int64_t stride, const struct patch_rows *rows,
                  const struct det_conv2d_taps *t, const float *weights)
{
    vector sums[ROWS][2];
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++)
            sums[r][half] =
                *(const loose_vector *)(out + r * stride + half * LANES);
    if (t->run == LANES)
        multiply_taps(sums, rows, t, weights, LANES);
    else
        multiply_taps(sums, rows, t, weights, t->run);
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++)
            *(loose_vector *)(out + r * stride + half * LANES) = sums[r][half];
}

static inline __attribute__((always_inline)) void
compute_taps_edge(float *out, const struct det_conv2d_taps *t, int64_t places,
                  int32_t columns, const struct patch_rows *rows,
                  const float *weights)
{
    float room[ROWS * DET_PANEL] = {0};
    const size_t bytes = (size_t)columns * sizeof(float);
    for (int64_t r = 0; r < places; r++)
        memcpy(room + r * DET_PANEL, out + r * t->out_stride, bytes);
    compute_taps_tile(room, DET_PANEL, rows, t, weights);
    for (int64_t r = 0; r < places; r++)
        memcpy(out + r * t->out_stride, room + r * DET_PANEL, bytes);
}

DET_CPU_CLONES
static void compute_taps(const struct det_conv2d_taps *t)
{
    const float *weights = t->weights;
    for (int32_t k = 0; k < t->columns; k += DET_PANEL) {
        const int32_t rest = t->columns - k;
        const int32_t columns = rest < DET_PANEL ? rest : DET_PANEL;
        for (int64_t p = 0; p < t->places; p += ROWS) {
            const int64_t left = t->places - p;
            const int64_t places = left < ROWS ? left : ROWS;
            float *out = t->out + p * t->out_stride + k;
            struct patch_rows rows;
            for (int64_t r = 0; r < ROWS; r++)
                rows.at[r] = t->corners[p + (r < places ? r : places - 1)];
            if (places == ROWS && columns == DET_PANEL)
                compute_taps_tile(out, t->out_stride, &rows, t, weights);
            else
                compute_taps_edge(out, t, places, columns, &rows, weights);
        }
        weights += t->panel_stride;
    }
}

void det_conv2d_taps(const struct det_conv2d_taps *taps)
{
    compute_taps(taps);
}

/* --------------------------------------------------------------- products */

/* sums [ROWS, DET_PANEL] += in [places, ROWS], transposed, * gradient; `rows`
 * of them are wanted. */
static inline __attribute__((always_inline)) void
add_products(float *out, const struct det_conv2d_products *p, const float *in,
             const float *gradient, int64_t rows)
{
    vector sums[ROWS][2];
    for (int r = 0; r < ROWS; r++)
        for (int half = 0; half < 2; half++)
            sums[r][half] = r < rows
                                ? *(const loose_vector *)(out + r * p->columns +
                                                          half * LANES)
                                : ALL(0.0f);
    for (int64_t y = 0; y < p->rows; y++) {
        const float *a0 = in + y * p->in_row, *a1 = a0 + (rows > 1);
        const float *a2 = a1 + (rows > 2), *a3 = a2 + (rows > 3);
        const float *a4 = a3 + (rows > 4), *a5 = a4 + (rows > 5);
        const float *weights = gradient + y * p->gradient_row;
        const int64_t end = p->places * p->in_stride;
        for (int64_t d = 0; d < end; d += p->in_stride) {
            const vector w0 = *(const loose_vector *)weights;
            const vector w1 = *(const loose_vector *)(weights + LANES);
            ADD_ROW(0);
            ADD_ROW(1);
            ADD_ROW(2);
            ADD_ROW(3);
            ADD_ROW(4);
            ADD_ROW(5);
            weights += p->gradient_stride;
        }
    }
    for (int r = 0; r < rows; r++)
        for (int half = 0; half < 2; half++)
            *(loose_vector *)(out + r * p->columns + half * LANES) =
                sums[r][half];
}

DET_CPU_CLONES
static void compute_products(const struct det_conv2d_products *p)
{
    const int64_t whole = p->depth / ROWS * ROWS;
    for (int32_t k = 0; k < p->columns; k += DET_PANEL) {
        for (int64_t d = 0; d < whole; d += ROWS)
            add_products(p->sums + d * p->columns + k, p, p->in + d,
                         p->gradient + k, ROWS);
        if (p->depth > whole)
            add_products(p->sums + whole * p->columns + k, p, p->in + whole,
                         p->gradient + k, p->depth - whole);
    }
}

void det_conv2d_products(const struct det_conv2d_products *products)
{
    compute_products(products);
}

/* ------------------------------------------------------------------- norms */

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
