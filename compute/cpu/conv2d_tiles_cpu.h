/* SPDX-License-Identifier: MIT */
/*
 * The loops of convolution over tiles of sums, in registers.  Included by one
 * file for each width of vectors, which compiles compute_block, compute_taps
 * and compute_products for its CPU and may define before
 *   LANES                         floats of a vector: 8 or 16
 *   BLOCK_ROWS                    of a tile over patches, at most
 *   NARROW_ROWS, NARROW_VECTORS   a tile of one panel
 *   WIDE_ROWS, WIDE_VECTORS       a tile of the most panels
 */
#ifndef COMPUTE_CPU_CONV2D_TILES_CPU_H
#define COMPUTE_CPU_CONV2D_TILES_CPU_H

#include <stdbool.h>
#include <string.h>

#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/conv2d_patches_cpu.h"

/* AVX2 has 16 registers of half a panel: 12 sums, two weights and an input. */
#ifndef LANES
#define LANES 8
#define BLOCK_ROWS 6
#define NARROW_ROWS 6
#define NARROW_VECTORS 2
#define WIDE_ROWS 6
#define WIDE_VECTORS 2
#endif

enum { MOST_ROWS = 14, MOST_VECTORS = 2 };

/* Rows are places of the output (products: inputs of the kernel), vectors are
 * its channels. */
struct tile_shape {
    int rows, vectors;
};

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef float loose_vector
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

#define EACH(i, count)                                                         \
    _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)
#define INLINE static inline __attribute__((always_inline))

static const struct tile_shape narrow_tile = {NARROW_ROWS, NARROW_VECTORS};
static const struct tile_shape wide_tile = {WIDE_ROWS, WIDE_VECTORS};

/* Copy what is there of a tile at an edge. */
static void copy_part(float *out, int64_t out_stride, const float *in,
                      int64_t in_stride, int64_t places, int32_t columns)
{
    for (int64_t r = 0; r < places; r++)
        memcpy(out + r * out_stride, in + r * in_stride,
               (size_t)columns * sizeof(float));
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Where vector v of a tile's columns lies in the panels of weights. */
INLINE int64_t vector_at(int v, int64_t panel_stride)
{
    return v * LANES / DET_PANEL * panel_stride + v * LANES % DET_PANEL;
}

/* sums [rows][vectors] += inputs * weights, along `depth` of both. */
INLINE void multiply(vector sums[MOST_ROWS][MOST_VECTORS],
                     const float *const rows[MOST_ROWS], const float *weights,
                     int64_t panel_stride, int64_t depth,
                     struct tile_shape shape)
{
    for (int64_t d = 0; d < depth; d++, weights += DET_PANEL) {
        vector w[MOST_VECTORS];
        EACH (v, shape.vectors)
            w[v] =
                *(const loose_vector *)(weights + vector_at(v, panel_stride));
        EACH (r, shape.rows)
            EACH (v, shape.vectors)
                sums[r][v] += rows[r][d] * w[v];
    }
}

INLINE void load_sums(vector sums[MOST_ROWS][MOST_VECTORS], const float *out,
                      int64_t stride, struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            sums[r][v] = *(const loose_vector *)(out + r * stride + v * LANES);
}

INLINE void add_sums(vector sums[MOST_ROWS][MOST_VECTORS], const float *out,
                     int64_t stride, struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            sums[r][v] += *(const loose_vector *)(out + r * stride + v * LANES);
}

INLINE void store_sums(float *out, int64_t stride,
                       vector sums[MOST_ROWS][MOST_VECTORS],
                       struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            *(loose_vector *)(out + r * stride + v * LANES) = sums[r][v];
}

/* ------------------------------------------------------------------ patches */

/* sums [rows][vectors] += inputs * weights, along `depth` of both.  A pointer
 * for every third row and the distance between two: one for each row would be
 * more than there are registers. */
INLINE void multiply_patches(vector sums[MOST_ROWS][MOST_VECTORS],
                             const float *patches, const float *weights,
                             const struct det_conv2d_block *b,
                             struct tile_shape shape)
{
    const int64_t stride = b->patch_stride;
    const float *third[(MOST_ROWS + 2) / 3];
    EACH (i, (shape.rows + 2) / 3)
        third[i] = patches + 3 * i * stride;
    for (int64_t d = 0; d < b->depth; d++, weights += DET_PANEL) {
        vector w[MOST_VECTORS];
        EACH (v, shape.vectors)
            w[v] = *(const loose_vector *)(weights +
                                           vector_at(v, b->panel_stride));
        EACH (r, shape.rows)
            EACH (v, shape.vectors)
                sums[r][v] += third[r / 3][r % 3 * stride + d] * w[v];
    }
}

INLINE void load_bias(vector sums[MOST_ROWS][MOST_VECTORS], const float *bias,
                      struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            sums[r][v] = *(const loose_vector *)(bias + v * LANES);
}

/* A tile's sums. */
struct tile_out {
    float *at;
    int64_t stride;
    enum det_sum_start start;
    const float *bias; /* of its columns */
};

INLINE void compute_tile(struct tile_out out, const float *patches,
                         const float *weights, const struct det_conv2d_block *b,
                         struct tile_shape shape)
{
    vector sums[MOST_ROWS][MOST_VECTORS] = {0};
    if (out.start == DET_SUM_FROM_OUT)
        load_sums(sums, out.at, out.stride, shape);
    else if (out.start == DET_SUM_FROM_BIAS && out.bias)
        load_bias(sums, out.bias, shape);
    multiply_patches(sums, patches, weights, b, shape);
    if (out.start == DET_SUM_APART)
        add_sums(sums, out.at, out.stride, shape);
    store_sums(out.at, out.stride, sums, shape);
}

/* Code of its own for each number of rows. */
INLINE void compute_rows(struct tile_out out, const float *patches,
                         const float *weights, const struct det_conv2d_block *b,
                         struct tile_shape shape)
{
#define ROWS(count)                                                            \
    case count:                                                                \
        compute_tile(out, patches, weights, b,                                 \
                     (struct tile_shape){count, shape.vectors});               \
        break
    switch (shape.rows) {
        ROWS(1);
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
#if BLOCK_ROWS > 6
        ROWS(7);
        ROWS(8);
        ROWS(9);
        ROWS(10);
        ROWS(11);
        ROWS(12);
        ROWS(13);
        ROWS(14);
#endif
    }
#undef ROWS
}

/* Fewer columns than the vectors hold go by way of a room that has them all:
 * what is there of the sums, or of their bias, and back. */
INLINE struct tile_out enter_room(float *room, struct tile_out out,
                                  int32_t columns, struct tile_shape shape)
{
    const int32_t width = shape.vectors * LANES;
    const bool from_bias = out.start == DET_SUM_FROM_BIAS;
    memset(room, 0, MOST_ROWS * MOST_VECTORS * LANES * sizeof *room);
    if (from_bias && out.bias)
        copy_part(room, width, out.bias, 0, shape.rows, columns);
    else if (!from_bias)
        copy_part(room, width, out.at, out.stride, shape.rows, columns);
    return (struct tile_out){.at = room,
                             .stride = width,
                             .start = from_bias ? DET_SUM_FROM_OUT : out.start};
}

/* Columns [k, k + columns), at most as many as the vectors hold; tiles of
 * nearly equal numbers of rows. */
INLINE void compute_columns(const struct det_conv2d_block *b,
                            const float *weights, int32_t k, int32_t columns,
                            int vectors)
{
    const int64_t tiles = (b->places + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const bool cut = columns < vectors * LANES;
    float room[MOST_ROWS * MOST_VECTORS * LANES];
    int64_t first = 0;
    for (int64_t i = 0; i < tiles; i++) {
        const int64_t rows = (b->places * (i + 1)) / tiles - first;
        const struct tile_shape shape = {(int)rows, vectors};
        const struct tile_out out = {.at = b->out + first * b->out_stride + k,
                                     .stride = b->out_stride,
                                     .start = b->start,
                                     .bias = b->bias ? b->bias + k : NULL};
        const struct tile_out to =
            cut ? enter_room(room, out, columns, shape) : out;
        compute_rows(to, b->patches + first * b->patch_stride, weights, b,
                     shape);
        if (cut)
            copy_part(out.at, out.stride, room, to.stride, rows, columns);
        first += rows;
    }
}

INLINE void compute_block(const struct det_conv2d_block *b)
{
    const int32_t wide = wide_tile.vectors * LANES;
    const float *weights = b->weights;
    int32_t k = 0;
    for (; b->columns - k > wide - DET_PANEL; k += wide) {
        compute_columns(b, weights, k, (int32_t)least(wide, b->columns - k),
                        wide_tile.vectors);
        weights += wide / DET_PANEL * b->panel_stride;
    }
    for (; wide > DET_PANEL && k < b->columns; k += DET_PANEL) {
        compute_columns(b, weights, k,
                        (int32_t)least(DET_PANEL, b->columns - k),
                        narrow_tile.vectors);
        weights += b->panel_stride;
    }
}

/* --------------------------------------------------------------------- taps */

/* Where the taps of a tile's places begin; places that are not there repeat the
 * last one, and what becomes of them is dropped. */
struct corner_rows {
    const float *at[MOST_ROWS];
};

INLINE void compute_taps_tile(float *out, int64_t stride,
                              const struct corner_rows *rows,
                              const float *weights,
                              const struct det_conv2d_taps *t,
                              struct tile_shape shape)
{
    vector sums[MOST_ROWS][MOST_VECTORS];
    load_sums(sums, out, stride, shape);
    for (int64_t i = 0; i < t->runs; i++, weights += t->run * DET_PANEL) {
        const float *at[MOST_ROWS];
        EACH (r, shape.rows)
            at[r] = rows->at[r] + t->offsets[i];
        if (t->run == DET_CONV_GROUP)
            multiply(sums, at, weights, t->panel_stride, DET_CONV_GROUP, shape);
        else
            multiply(sums, at, weights, t->panel_stride, t->run, shape);
    }
    store_sums(out, stride, sums, shape);
}

INLINE void compute_taps_columns(const struct det_conv2d_taps *t,
                                 const float *weights, int32_t k,
                                 int32_t columns, struct tile_shape shape)
{
    const int32_t width = shape.vectors * LANES;
    for (int64_t first = 0; first < t->places; first += shape.rows) {
        const int64_t places = least(shape.rows, t->places - first);
        float *out = t->out + first * t->out_stride + k;
        struct corner_rows rows;
        EACH (r, shape.rows)
            rows.at[r] = t->corners[first + least(r, places - 1)];
        if (places == shape.rows && columns == width) {
            compute_taps_tile(out, t->out_stride, &rows, weights, t, shape);
            continue;
        }
        float room[MOST_ROWS * MOST_VECTORS * LANES] = {0};
        copy_part(room, width, out, t->out_stride, places, columns);
        compute_taps_tile(room, width, &rows, weights, t, shape);
        copy_part(out, t->out_stride, room, width, places, columns);
    }
}

INLINE void compute_taps(const struct det_conv2d_taps *t)
{
    const int32_t wide = wide_tile.vectors * LANES;
    const float *weights = t->weights;
    int32_t k = 0;
    for (; t->columns - k > wide - DET_PANEL; k += wide) {
        compute_taps_columns(t, weights, k,
                             (int32_t)least(wide, t->columns - k), wide_tile);
        weights += wide / DET_PANEL * t->panel_stride;
    }
    for (; k < t->columns; k += DET_PANEL) {
        compute_taps_columns(t, weights, k,
                             (int32_t)least(DET_PANEL, t->columns - k),
                             narrow_tile);
        weights += t->panel_stride;
    }
}

/* ----------------------------------------------------------------- products */

/* sums [rows, vectors] += in [places, rows], transposed, * gradient; `wanted`
 * of the rows are there. */
INLINE void add_products(float *out, const struct det_conv2d_products *p,
                         const float *in, const float *gradient, int64_t wanted,
                         struct tile_shape shape)
{
    vector sums[MOST_ROWS][MOST_VECTORS];
    int64_t offsets[MOST_ROWS];
    EACH (r, shape.rows) {
        offsets[r] = least(r, wanted - 1);
        EACH (v, shape.vectors)
            sums[r][v] = *(const loose_vector *)(out + offsets[r] * p->columns +
                                                 v * LANES);
    }
    for (int64_t y = 0; y < p->rows; y++) {
        const float *a = in + y * p->in_row;
        const float *g = gradient + y * p->gradient_row;
        for (int64_t x = 0; x < p->places; x++) {
            vector w[MOST_VECTORS];
            EACH (v, shape.vectors)
                w[v] = *(const loose_vector *)(g + v * LANES);
            EACH (r, shape.rows)
                EACH (v, shape.vectors)
                    sums[r][v] += a[offsets[r]] * w[v];
            a += p->in_stride;
            g += p->gradient_stride;
        }
    }
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            if (r < wanted)
                *(loose_vector *)(out + r * p->columns + v * LANES) =
                    sums[r][v];
}

INLINE void add_products_columns(const struct det_conv2d_products *p, int32_t k,
                                 struct tile_shape shape)
{
    const int64_t whole = p->depth / shape.rows * shape.rows;
    for (int64_t d = 0; d < whole; d += shape.rows)
        add_products(p->sums + d * p->columns + k, p, p->in + d,
                     p->gradient + k, shape.rows, shape);
    if (p->depth > whole)
        add_products(p->sums + whole * p->columns + k, p, p->in + whole,
                     p->gradient + k, p->depth - whole, shape);
}

INLINE void compute_products(const struct det_conv2d_products *p)
{
    const int32_t wide = wide_tile.vectors * LANES;
    int32_t k = 0;
    for (; p->columns - k >= wide; k += wide)
        add_products_columns(p, k, wide_tile);
    for (; k < p->columns; k += DET_PANEL)
        add_products_columns(p, k, narrow_tile);
}

#endif
