/* SPDX-License-Identifier: MIT */
/*
 * How outputs are cut into Winograd's tiles.  An axis has tiles of 4 outputs
 * and, behind them, of 3: what the last tile of 4 would lack, one output less
 * in each of some tiles.
 *
 * The tiles of a box are numbered in the order of their sizes [rows, columns]:
 * 3 x 4, 4 x 4, 4 x 3, 3 x 3.  So those of 4 rows lie together, those of 4
 * columns, and those of both: the tiles that have one of the points are a run.
 */
#ifndef COMPUTE_CPU_WINOGRAD_TILES_CPU_H
#define COMPUTE_CPU_WINOGRAD_TILES_CPU_H

#include "compute/cpu/winograd_cpu.h"

struct det_winograd_axis {
    int32_t fours, threes;
};

/* Of images that are equally large; the convolution's stride. */
struct det_winograd_cut {
    int32_t stride, images;
    struct det_winograd_axis rows, columns;
};

/* Tiles: columns of rows of images. */
struct det_winograd_box {
    int32_t image, row, column; /* of the first */
    int32_t images, rows, columns;
};

struct det_winograd_cut det_winograd_cut(int32_t stride, int32_t images,
                                         int32_t rows, int32_t columns);
struct det_winograd_box det_winograd_whole(const struct det_winograd_cut *cut);
int64_t det_winograd_count(const struct det_winograd_box *box);

/* Of one channel: each tile's points, which are as many products with another
 * channel; and what those are summed to. */
int64_t det_winograd_all_points(const struct det_winograd_cut *cut);
int64_t det_winograd_all_sums(const struct det_winograd_cut *cut);

/* Tiles of one size along an axis of a box. */
struct det_winograd_stretch {
    int32_t output, count; /* the first output; tiles */
    int32_t outputs;       /* of each */
};

/* The box's tiles in their order. */
enum { DET_WINOGRAD_SIZES = 4 };
struct det_winograd_tiles {
    int32_t stride;
    int32_t image;                                   /* the first */
    struct det_winograd_stretch rows[2], columns[2]; /* of 4 outputs, of 3 */
    int64_t first[DET_WINOGRAD_SIZES + 1]; /* of each size; the count */
};

struct det_winograd_tiles
det_winograd_tiles(const struct det_winograd_cut *cut,
                   const struct det_winograd_box *box);

/* Where a tile's outputs begin, and what it is made for. */
struct det_winograd_corner {
    int32_t image, y, x;
    struct det_winograd_size size;
};

struct det_winograd_corner
det_winograd_corner(const struct det_winograd_tiles *tiles, int64_t tile);

/* Tiles that follow each other. */
struct det_winograd_run {
    int64_t first, count;
};

/* Those that have a sum [row, column], and its points. */
struct det_winograd_run
det_winograd_with_sum(const struct det_winograd_tiles *tiles, int32_t row,
                      int32_t column);

/* Boxes like the first, of all tiles, so that several threads end together. */
struct det_winograd_boxes {
    struct det_winograd_box box;
    int32_t along, down, across; /* images, rows, columns of boxes */
};

/* Of at most `most` tiles; going to another box costs a thread as much as
 * `extra` of them. */
struct det_winograd_boxes det_winograd_boxes(const struct det_winograd_cut *cut,
                                             int32_t most, int32_t extra,
                                             int threads);
int64_t det_winograd_box_count(const struct det_winograd_boxes *boxes);
struct det_winograd_box
det_winograd_box_at(const struct det_winograd_boxes *boxes,
                    const struct det_winograd_cut *cut, int64_t index);

#endif
