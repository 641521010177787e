/* SPDX-License-Identifier: MIT */
#include "compute/cpu/winograd_tiles_cpu.h"

#include "compute/cpu/pieces_cpu.h"

enum { OUT = DET_WINOGRAD_OUT };

/* In a box's order: a flat one has 3 rows and 4 columns. */
enum size { FLAT, FULL, TALL, SMALL, SIZES = DET_WINOGRAD_SIZES };

/* Which stretch of its rows and of its columns a size is of. */
enum { FOURS, THREES };
static const struct {
    int rows, columns;
} of_size[SIZES] = {[FLAT] = {THREES, FOURS},
                    [FULL] = {FOURS, FOURS},
                    [TALL] = {FOURS, THREES},
                    [SMALL] = {THREES, THREES}};

/* ---------------------------------------------------------------------- cuts
 */

static struct det_winograd_axis axis_of(int32_t outputs)
{
    const int32_t tiles = det_pieces(outputs, OUT);
    const int32_t threes = det_smaller(tiles * OUT - outputs, tiles);
    return (struct det_winograd_axis){tiles - threes, threes};
}

static int32_t tiles_along(const struct det_winograd_axis *axis)
{
    return axis->fours + axis->threes;
}

struct det_winograd_cut det_winograd_cut(int32_t stride, int32_t images,
                                         int32_t rows, int32_t columns)
{
    return (struct det_winograd_cut){stride, images, axis_of(rows),
                                     axis_of(columns)};
}

struct det_winograd_box det_winograd_whole(const struct det_winograd_cut *cut)
{
    return (struct det_winograd_box){.images = cut->images,
                                     .rows = tiles_along(&cut->rows),
                                     .columns = tiles_along(&cut->columns)};
}

int64_t det_winograd_count(const struct det_winograd_box *box)
{
    return (int64_t)box->images * box->rows * box->columns;
}

/* Of what tiles of so many outputs have along an axis. */
typedef int32_t count_of_outputs(int32_t stride, int32_t outputs);

static int64_t along(const struct det_winograd_axis *axis, int32_t stride,
                     count_of_outputs *count)
{
    return (int64_t)axis->fours * count(stride, OUT) +
           (int64_t)axis->threes * count(stride, OUT - 1);
}

int64_t det_winograd_all_points(const struct det_winograd_cut *cut)
{
    return cut->images *
           along(&cut->rows, cut->stride, det_winograd_points_of) *
           along(&cut->columns, cut->stride, det_winograd_points_of);
}

int64_t det_winograd_all_sums(const struct det_winograd_cut *cut)
{
    return cut->images * along(&cut->rows, cut->stride, det_winograd_sums_of) *
           along(&cut->columns, cut->stride, det_winograd_sums_of);
}

/* --------------------------------------------------------------------- tiles
 */

/* Of `count` tiles from the first one. */
static void list_stretches(struct det_winograd_stretch out[2],
                           const struct det_winograd_axis *axis, int32_t first,
                           int32_t count)
{
    const int32_t left = axis->fours > first ? axis->fours - first : 0;
    const int32_t fours = det_smaller(left, count);
    const int32_t threes = first + fours - axis->fours; /* before its own */
    out[FOURS] = (struct det_winograd_stretch){first * OUT, fours, OUT};
    out[THREES] = (struct det_winograd_stretch){
        axis->fours * OUT + threes * (OUT - 1), count - fours, OUT - 1};
}

struct det_winograd_tiles det_winograd_tiles(const struct det_winograd_cut *cut,
                                             const struct det_winograd_box *box)
{
    struct det_winograd_tiles t = {.stride = cut->stride, .image = box->image};
    list_stretches(t.rows, &cut->rows, box->row, box->rows);
    list_stretches(t.columns, &cut->columns, box->column, box->columns);
    for (int s = 0; s < SIZES; s++)
        t.first[s + 1] = t.first[s] + (int64_t)box->images *
                                          t.rows[of_size[s].rows].count *
                                          t.columns[of_size[s].columns].count;
    return t;
}

struct det_winograd_corner
det_winograd_corner(const struct det_winograd_tiles *tiles, int64_t tile)
{
    int size = FLAT;
    while (tile >= tiles->first[size + 1])
        size++;
    const struct det_winograd_stretch *rows = &tiles->rows[of_size[size].rows];
    const struct det_winograd_stretch *columns =
        &tiles->columns[of_size[size].columns];
    const int32_t at = (int32_t)(tile - tiles->first[size]);
    const int32_t line = at / columns->count;
    return (struct det_winograd_corner){
        .image = tiles->image + line / rows->count,
        .y = rows->output + line % rows->count * rows->outputs,
        .x = columns->output + at % columns->count * columns->outputs,
        .size = {tiles->stride, rows->outputs, columns->outputs}};
}

struct det_winograd_run
det_winograd_with_sum(const struct det_winograd_tiles *tiles, int32_t row,
                      int32_t column)
{
    const bool of_four_rows = det_winograd_is_of_four(tiles->stride, row);
    const bool of_four_columns = det_winograd_is_of_four(tiles->stride, column);
    const int64_t first = tiles->first[of_four_rows ? FULL : FLAT];
    const int64_t behind = tiles->first[of_four_columns ? TALL
                                        : of_four_rows  ? SMALL
                                                        : SIZES];
    return (struct det_winograd_run){first, behind - first};
}

/* --------------------------------------------------------------------- boxes
 */

int64_t det_winograd_box_count(const struct det_winograd_boxes *boxes)
{
    return (int64_t)boxes->along * boxes->down * boxes->across;
}

/* The whole cut into so many boxes each way, as equal as can be. */
static struct det_winograd_boxes cut_into(const struct det_winograd_box *whole,
                                          int32_t along, int32_t down,
                                          int32_t across)
{
    struct det_winograd_boxes b = {
        .box = {.images = det_pieces(whole->images, along),
                .rows = det_pieces(whole->rows, down),
                .columns = det_pieces(whole->columns, across)}};
    b.along = det_pieces(whole->images, b.box.images);
    b.down = det_pieces(whole->rows, b.box.rows);
    b.across = det_pieces(whole->columns, b.box.columns);
    return b;
}

struct search {
    struct det_winograd_boxes best;
    int64_t cost; /* of the thread that has most to do; 0: none found */
    int32_t most, extra;
    int threads;
};

static void consider(struct search *search, struct det_winograd_boxes boxes)
{
    const int64_t tiles = det_winograd_count(&boxes.box);
    const int64_t rounds =
        det_pieces_64(det_winograd_box_count(&boxes), search->threads);
    const int64_t cost = rounds * (tiles + search->extra);
    if (tiles <= search->most && (search->cost == 0 || cost < search->cost)) {
        search->best = boxes;
        search->cost = cost;
    }
}

/* The fewest boxes along one side that hold at most so much of it each. */
static int32_t fewest(int32_t side, int32_t most)
{
    return det_pieces(side, most < 1 ? 1 : det_smaller(most, side));
}

struct det_winograd_boxes det_winograd_boxes(const struct det_winograd_cut *cut,
                                             int32_t most, int32_t extra,
                                             int threads)
{
    const struct det_winograd_box whole = det_winograd_whole(cut);
    struct search search = {.most = most, .extra = extra, .threads = threads};
    const int64_t of_image = (int64_t)whole.rows * whole.columns;
    int32_t width = 0; /* of the boxes before */
    /* A few more boxes may be shared better. */
    if (of_image <= most) {
        const int32_t few = fewest(whole.images, most / (int32_t)of_image);
        for (int32_t n = few; n < few + threads && n <= whole.images; n++)
            consider(&search, cut_into(&whole, n, 1, 1));
    }
    for (int32_t across = fewest(whole.columns, most); across <= whole.columns;
         across++) {
        if (det_pieces(whole.columns, across) == width)
            continue; /* no narrower for it */
        width = det_pieces(whole.columns, across);
        const int32_t few = fewest(whole.rows, most / width);
        for (int32_t n = few; n < few + threads && n <= whole.rows; n++)
            consider(&search, cut_into(&whole, whole.images, n, across));
    }
    return search.best;
}

struct det_winograd_box
det_winograd_box_at(const struct det_winograd_boxes *boxes,
                    const struct det_winograd_cut *cut, int64_t index)
{
    const struct det_winograd_box whole = det_winograd_whole(cut);
    struct det_winograd_box box = boxes->box;
    const int32_t column = (int32_t)(index % boxes->across);
    const int32_t row = (int32_t)(index / boxes->across % boxes->down);
    box.column = column * box.columns;
    box.row = row * box.rows;
    box.image = (int32_t)(index / boxes->across / boxes->down) * box.images;
    box.columns = det_smaller(box.columns, whole.columns - box.column);
    box.rows = det_smaller(box.rows, whole.rows - box.row);
    box.images = det_smaller(box.images, whole.images - box.image);
    return box;
}
