/* SPDX-License-Identifier: MIT */
/*
 * The loops of convolution over tiles of sums, in registers, and the kernels
 * made of them.  Included by one file for each width of vectors
 * (vectors_cpu.h).  Other tiles than AVX2's are defined before:
 *   BLOCK_ROWS, BLOCK_VECTORS      the most of a tile over windows
 *   NARROW_ROWS, NARROW_VECTORS    a tile of products of one panel
 *   WIDE_ROWS, WIDE_VECTORS        and of the most panels
 */
#ifndef COMPUTE_CPU_CONV2D_TILES_CPU_H
#define COMPUTE_CPU_CONV2D_TILES_CPU_H

#include <stdbool.h>
#include <string.h>

#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/pieces_cpu.h"
#include "compute/cpu/vectors_cpu.h"

/* AVX2 has 16 registers of half a panel: 12 sums, two weights and an input. */
#ifndef BLOCK_ROWS
#define BLOCK_ROWS 6
#define BLOCK_VECTORS 2
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
    bool asks; /* for the inputs of the tile behind it */
};

static const struct tile_shape narrow_tile = {NARROW_ROWS, NARROW_VECTORS,
                                              false};
static const struct tile_shape wide_tile = {WIDE_ROWS, WIDE_VECTORS, false};

/* Copy what is there of a tile at an edge. */
static void copy_part(float *out, int64_t out_stride, const float *in,
                      int64_t in_stride, int64_t places, int32_t columns)
{
    for (int64_t r = 0; r < places; r++)
        memcpy(out + r * out_stride, in + r * in_stride,
               (size_t)columns * sizeof(float));
}

/* Where vector v of a tile's columns lies in the panels of weights. */
INLINE int64_t vector_at(int v, int64_t panel_stride)
{
    return v * LANES / DET_PANEL * panel_stride + v * LANES % DET_PANEL;
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

/* ------------------------------------------------------------------ windows */

/* Weights of a tile; what is read after those of all the tiles, of which each
 * asks for its share. */
struct tile_weights {
    const float *at;
    const char *next;
    int64_t next_stride, step; /* bytes to the next panel, along the depth */
};

/* A line of one of the 16 rows behind a tile, all of them along as many of the
 * depth as a line has. */
INLINE void ask_for_inputs(const float *in, int64_t stride, int64_t depth,
                           struct tile_shape shape)
{
    enum { LINE = 16, ROWS = 16 };
    __builtin_prefetch(
        in + (shape.rows + depth % ROWS) * stride + depth / LINE * LINE, 0, 2);
}

/* sums [rows][vectors] += inputs * weights, along the runs of both.  A pointer
 * for every third row and the distance between two: one for each row would be
 * more than there are registers. */
INLINE void multiply_runs(vector sums[MOST_ROWS][MOST_VECTORS], const float *in,
                          struct tile_weights tile_weights,
                          const struct det_conv2d_block *b,
                          struct tile_shape shape)
{
    const int64_t stride = b->in_stride;
    const float *weights = tile_weights.at;
    const char *next = tile_weights.next;
    for (int64_t i = 0; i < b->runs; i++) {
        const float *third[(MOST_ROWS + 2) / 3];
        const int64_t offset = b->offsets ? b->offsets[i] : 0;
        EACH (t, (shape.rows + 2) / 3)
            third[t] = in + offset + 3 * t * stride;
        for (int64_t d = 0; d < b->run; d++, weights += DET_PANEL) {
            vector w[MOST_VECTORS];
            EACH (v, shape.vectors)
                w[v] = *(const loose_vector *)(weights +
                                               vector_at(v, b->panel_stride));
            EACH (v, shape.vectors * LANES / DET_PANEL)
                __builtin_prefetch(next + v * tile_weights.next_stride);
            next += tile_weights.step;
            if (shape.asks)
                ask_for_inputs(third[0], stride, d, shape);
            EACH (r, shape.rows)
                EACH (v, shape.vectors)
                    sums[r][v] += third[r / 3][r % 3 * stride + d] * w[v];
        }
    }
}

INLINE void load_bias(vector sums[MOST_ROWS][MOST_VECTORS], const float *bias,
                      struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            sums[r][v] = *(const loose_vector *)(bias + v * LANES);
}

/* A tile's sums, and what becomes of them. */
struct tile_out {
    float *at;
    int64_t stride;
    enum det_sum_start start;
    const float *bias;          /* of its columns */
    const float *scale, *shift; /* of them; or NULL */
    const float *residual;      /* or NULL */
    bool relu;
};

/* What is read or written only after all the products. */
INLINE void ask_for(struct tile_out out, struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors) {
            const int64_t at = r * out.stride + v * LANES;
            __builtin_prefetch(out.at + at, 1);
            if (out.residual)
                __builtin_prefetch(out.residual + at);
        }
}

INLINE void norm_sums(vector sums[MOST_ROWS][MOST_VECTORS], const float *scale,
                      const float *shift, struct tile_shape shape)
{
    EACH (v, shape.vectors) {
        const vector factor = *(const loose_vector *)(scale + v * LANES);
        const vector term = *(const loose_vector *)(shift + v * LANES);
        EACH (r, shape.rows)
            sums[r][v] = sums[r][v] * factor + term;
    }
}

INLINE void clamp_sums(vector sums[MOST_ROWS][MOST_VECTORS],
                       struct tile_shape shape)
{
    EACH (r, shape.rows)
        EACH (v, shape.vectors)
            clamp(&sums[r][v]);
}

INLINE void compute_tile(struct tile_out out, const float *in,
                         struct tile_weights weights,
                         const struct det_conv2d_block *b,
                         struct tile_shape shape)
{
    vector sums[MOST_ROWS][MOST_VECTORS] = {0};
    ask_for(out, shape);
    if (out.start == DET_SUM_FROM_OUT)
        load_sums(sums, out.at, out.stride, shape);
    else if (out.start == DET_SUM_FROM_BIAS && out.bias)
        load_bias(sums, out.bias, shape);
    multiply_runs(sums, in, weights, b, shape);
    if (out.start == DET_SUM_APART)
        add_sums(sums, out.at, out.stride, shape);
    if (out.scale)
        norm_sums(sums, out.scale, out.shift, shape);
    if (out.residual)
        add_sums(sums, out.residual, out.stride, shape);
    if (out.relu)
        clamp_sums(sums, shape);
    store_sums(out.at, out.stride, sums, shape);
}

/* Code of its own for each number of rows. */
INLINE void compute_rows(struct tile_out out, const float *in,
                         struct tile_weights weights,
                         const struct det_conv2d_block *b,
                         struct tile_shape shape)
{
#define ROWS(count)                                                            \
    case count:                                                                \
        compute_tile(out, in, weights, b,                                      \
                     (struct tile_shape){count, shape.vectors, shape.asks});   \
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
 * what is there of the sums, or of their bias, of what follows, and back. */
struct tile_room {
    float sums[MOST_ROWS * MOST_VECTORS * LANES];
    float residual[MOST_ROWS * MOST_VECTORS * LANES];
    float scale[MOST_VECTORS * LANES], shift[MOST_VECTORS * LANES];
};

INLINE struct tile_out enter_room(struct tile_room *room, struct tile_out out,
                                  int32_t columns, struct tile_shape shape)
{
    const int32_t width = shape.vectors * LANES;
    const bool from_bias = out.start == DET_SUM_FROM_BIAS;
    memset(room, 0, sizeof *room);
    if (from_bias && out.bias)
        copy_part(room->sums, width, out.bias, 0, shape.rows, columns);
    else if (!from_bias)
        copy_part(room->sums, width, out.at, out.stride, shape.rows, columns);
    if (out.residual)
        copy_part(room->residual, width, out.residual, out.stride, shape.rows,
                  columns);
    if (out.scale) {
        copy_part(room->scale, width, out.scale, 0, 1, columns);
        copy_part(room->shift, width, out.shift, 0, 1, columns);
    }
    return (struct tile_out){.at = room->sums,
                             .stride = width,
                             .start = from_bias ? DET_SUM_FROM_OUT : out.start,
                             .scale = out.scale ? room->scale : NULL,
                             .shift = room->shift,
                             .residual = out.residual ? room->residual : NULL,
                             .relu = out.relu};
}

INLINE struct tile_out tile_out_at(const struct det_conv2d_block *b,
                                   const struct det_conv2d_row *row,
                                   int64_t first, int32_t k)
{
    const int64_t at = first * b->out_stride + k;
    const bool adds = b->last && row->residual;
    const bool normed = b->last && b->scale;
    return (struct tile_out){.at = row->out + at,
                             .stride = b->out_stride,
                             .start = b->start,
                             .bias = b->bias ? b->bias + k : NULL,
                             .scale = normed ? b->scale + k : NULL,
                             .shift = normed ? b->shift + k : NULL,
                             .residual = adds ? row->residual + at : NULL,
                             .relu = b->last && b->relu};
}

/* Columns [k, k + columns) of a row, at most as many as the vectors hold; tiles
 * of nearly equal numbers of places. */
INLINE void compute_row(const struct det_conv2d_block *b,
                        const struct det_conv2d_row *row,
                        struct tile_weights *weights, int32_t k,
                        int32_t columns, int vectors, bool asks)
{
    const int64_t tiles = det_pieces_64(row->places, BLOCK_ROWS);
    const bool cut = columns < vectors * LANES;
    struct tile_room room;
    int64_t first = 0;
    for (int64_t i = 0; i < tiles; i++) {
        const int64_t places = row->places * (i + 1) / tiles - first;
        const struct tile_shape shape = {(int)places, vectors, asks};
        const struct tile_out out = tile_out_at(b, row, first, k);
        const struct tile_out to =
            cut ? enter_room(&room, out, columns, shape) : out;
        compute_rows(to, row->in + first * b->in_stride, *weights, b, shape);
        weights->next += b->runs * b->run * weights->step;
        if (cut)
            copy_part(out.at, out.stride, room.sums, to.stride, places,
                      columns);
        first += places;
    }
}

static int64_t count_tiles(const struct det_conv2d_block *b)
{
    int64_t tiles = 0;
    for (int64_t i = 0; i < b->num_rows; i++)
        tiles += det_pieces_64(b->rows[i].places, BLOCK_ROWS);
    return tiles;
}

/* Those of panels [panel, panel + panels): a line of each panel for each of the
 * depth is asked for by all tiles together. */
static struct tile_weights weights_of(const struct det_conv2d_block *b,
                                      int64_t panel, int64_t panels)
{
    enum { LINE = DET_PANEL * sizeof(float) };
    const int64_t tiles = count_tiles(b);
    const bool last = (panel + panels) * DET_PANEL >= b->columns;
    const float *at = b->weights + panel * b->panel_stride;
    const float *behind = last ? b->weights + b->runs * b->run * DET_PANEL
                               : at + panels * b->panel_stride;
    const int64_t stride = b->next ? b->next_stride : b->panel_stride;
    return (struct tile_weights){
        .at = at,
        .next = (const char *)(b->next ? b->next + panel * stride : behind),
        .next_stride = stride * (int64_t)sizeof(float),
        .step = tiles > 0 ? det_pieces_64(LINE, tiles) : 0};
}

/* Columns [k, k + columns), at most as many as the panels hold. */
INLINE void compute_columns(const struct det_conv2d_block *b, int32_t k,
                            int32_t columns, int panels, bool asks)
{
    struct tile_weights weights = weights_of(b, k / DET_PANEL, panels);
    for (int64_t i = 0; i < b->num_rows; i++)
        compute_row(b, &b->rows[i], &weights, k, columns,
                    panels * (DET_PANEL / LANES), asks);
}

/* Columns from `k` on, of as many panels as a tile has or of one; returns where
 * the next ones begin. */
INLINE int32_t compute_next(const struct det_conv2d_block *b, int32_t k,
                            bool asks)
{
    enum { PANELS = BLOCK_VECTORS * LANES / DET_PANEL };
    const int32_t wide = PANELS * DET_PANEL, left = b->columns - k;
    if (PANELS == 1 || left > wide - DET_PANEL) {
        compute_columns(b, k, (int32_t)det_smaller_64(wide, left), PANELS,
                        asks);
        return k + wide;
    }
    compute_columns(b, k, (int32_t)det_smaller_64(DET_PANEL, left), 1, asks);
    return k + DET_PANEL;
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
        offsets[r] = det_smaller_64(r, wanted - 1);
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

/* ------------------------------------------------------------------ kernels */

/* Functions of their own: of both in one GCC's address sanitizer calls out for
 * each access, five times as slow (asan-instrumentation-with-call-threshold).
 */
FOR_CPU
static int32_t asking_for_cpu(const struct det_conv2d_block *block)
{
    return compute_next(block, 0, true);
}

FOR_CPU
static void columns_for_cpu(const struct det_conv2d_block *block, int32_t k)
{
    while (k < block->columns)
        k = compute_next(block, k, false);
}

void NAMED(det_conv2d_block)(const struct det_conv2d_block *block)
{
    columns_for_cpu(block, block->asks ? asking_for_cpu(block) : 0);
}

FOR_CPU
static void products_for_cpu(const struct det_conv2d_products *products)
{
    compute_products(products);
}

void NAMED(det_conv2d_products)(const struct det_conv2d_products *products)
{
    products_for_cpu(products);
}

#endif
