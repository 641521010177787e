/* SPDX-License-Identifier: MIT */
/*
 * Linear layers by the kernel of the convolutions, on weights in its panels.
 * Each output is one sum, in blocks along the depth that each are summed
 * apart, whatever the tiles: they may follow the number of threads.
 */
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum {
    BLOCK_DEPTH = 256,  /* of two panels 32 KB: they stay in the first cache */
    TILE_ROWS = 252,    /* x BLOCK_DEPTH floats: 258 KB of inputs */
    TILE_COLUMNS = 256, /* and 262 KB of weights */
    LEAST_COLUMNS = 32, /* two panels, which the kernel takes at a time */
    KERNEL_ROWS = 14,   /* what the kernel takes at a time on AVX-512 */
    TILES_OF_THREAD = 4 /* so that none waits for another for long */
};

/* Into how many pieces, of how many rows and columns each but the last. */
struct tiling {
    int64_t down, across;
    int64_t rows;
    int32_t columns;
};

/* Pieces as equal as the kernel's rows allow. */
static void cut_rows(struct tiling *t, int64_t rows, int64_t count)
{
    t->rows =
        det_pieces_64(det_pieces_64(rows, count), KERNEL_ROWS) * KERNEL_ROWS;
    t->down = det_pieces_64(rows, t->rows);
}

static void cut_columns(struct tiling *t, int32_t columns, int32_t piece)
{
    t->columns = piece;
    t->across = det_pieces_64(columns, piece);
}

/* Few rows are a matter of streaming the weights: pieces are then as narrow as
 * a panel or two, each of which lies in one run. */
static struct tiling choose_tiling(const struct det_linear *op, int threads)
{
    const int64_t wanted = (int64_t)threads * TILES_OF_THREAD;
    const int64_t rows = op->in.n;
    struct tiling t;
    cut_rows(&t, rows, det_pieces_64(rows, TILE_ROWS));
    cut_columns(&t, op->out.c,
                rows <= KERNEL_ROWS ? LEAST_COLUMNS : TILE_COLUMNS);
    while (t.down * t.across < wanted && t.columns > LEAST_COLUMNS)
        cut_columns(&t, op->out.c, t.columns / 2);
    if (t.down * t.across < wanted)
        cut_rows(&t, rows,
                 det_smaller_64(det_pieces_64(wanted, t.across),
                                det_pieces_64(rows, KERNEL_ROWS)));
    if (t.down * t.across < wanted)
        cut_columns(&t, op->out.c, DET_PANEL);
    return t;
}

/* Rows and columns of the output. */
struct tile {
    int64_t row, rows;
    int32_t column, columns;
};

static struct tile tile_at(const struct det_linear *op, const struct tiling *t,
                           int64_t index)
{
    struct tile tile = {.row = index / t->across * t->rows,
                        .column = (int32_t)(index % t->across) * t->columns};
    tile.rows = det_smaller_64(t->rows, op->in.n - tile.row);
    tile.columns = (int32_t)det_smaller_64(t->columns, op->out.c - tile.column);
    return tile;
}

static void multiply_tile(const struct det_linear *op, const struct tile *tile)
{
    const int64_t depth = det_tensor_stride(&op->in);
    const int64_t panel = depth * DET_PANEL;
    const float *weights = op->packed + tile->column / DET_PANEL * panel;
    const float *in = op->in.data + tile->row * depth;
    struct det_conv2d_row row = {.out = op->out.data + tile->row * op->out.c +
                                        tile->column,
                                 .places = tile->rows};
    for (int64_t first = 0; first < depth; first += BLOCK_DEPTH) {
        row.in = in + first;
        det_conv2d_block(&(struct det_conv2d_block){
            .rows = &row,
            .num_rows = 1,
            .in_stride = depth,
            .out_stride = op->out.c,
            .runs = 1,
            .run = det_smaller_64(BLOCK_DEPTH, depth - first),
            .weights = weights + first * DET_PANEL,
            .panel_stride = panel,
            .asks = tile->rows > KERNEL_ROWS, /* else none are behind */
            .columns = tile->columns,
            .start = first > 0 ? DET_SUM_APART : DET_SUM_FROM_BIAS,
            .bias = op->bias ? op->bias + tile->column : NULL,
            .last = first + BLOCK_DEPTH >= depth,
            .relu = op->relu});
    }
}

det_status det_linear_cpu(struct det_compute *compute,
                          const struct det_linear *op)
{
    const struct tiling tiling = choose_tiling(op, compute->threads);
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t i = 0; i < tiling.down * tiling.across; i++) {
        const struct tile tile = tile_at(op, &tiling, i);
        multiply_tile(op, &tile);
    }
    return DET_OK;
}
