/* SPDX-License-Identifier: MIT */
#include "compute/cpu/winograd_tiles_cpu.h"

enum { OUT = DET_WINOGRAD_OUT, IN = DET_WINOGRAD_IN };

/* In a box's order. */
enum size { FLAT, FULL, TALL, SMALL, SIZES = DET_WINOGRAD_SIZES };

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t divided_up(int32_t a, int32_t b)
{
    return (a + b - 1) / b;
}

/* ---------------------------------------------------------------------- cuts
 */

static struct det_winograd_axis axis_of(int32_t outputs)
{
    const int32_t tiles = divided_up(outputs, OUT);
    const int32_t threes = smaller(tiles * OUT - outputs, tiles);
    return (struct det_winograd_axis){tiles - threes, threes};
}

static int32_t tiles_along(const struct det_winograd_axis *axis)
{
    return axis->fours + axis->threes;
}

static int64_t points_along(const struct det_winograd_axis *axis)
{
    return axis->fours * (int64_t)IN + axis->threes * (int64_t)(IN - 1);
}

struct det_winograd_cut det_winograd_cut(int32_t images, int32_t rows,
                                         int32_t columns)
{
    return (struct det_winograd_cut){images, axis_of(rows), axis_of(columns)};
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

int64_t det_winograd_products(const struct det_winograd_cut *cut)
{
    return cut->images * points_along(&cut->rows) * points_along(&cut->columns);
}

/* --------------------------------------------------------------------- tiles
 */

/* Of `count` tiles from the first one, those of 4 outputs. */
static int32_t fours_in(const struct det_winograd_axis *axis, int32_t first,
                        int32_t count)
{
    return axis->fours <= first ? 0 : smaller(axis->fours - first, count);
}

struct det_winograd_tiles det_winograd_tiles(const struct det_winograd_cut *cut,
                                             const struct det_winograd_box *box)
{
    struct det_winograd_tiles t = {.cut = cut, .box = *box};
    const int32_t four_rows = fours_in(&cut->rows, box->row, box->rows);
    const int32_t four_columns =
        fours_in(&cut->columns, box->column, box->columns);
    const int32_t of_image[SIZES] = {
        [FLAT] = (box->rows - four_rows) * four_columns,
        [FULL] = four_rows * four_columns,
        [TALL] = four_rows * (box->columns - four_columns),
        [SMALL] = (box->rows - four_rows) * (box->columns - four_columns)};
    for (int s = 0; s < SIZES; s++)
        t.first[s + 1] = t.first[s] + (int64_t)box->images * of_image[s];
    return t;
}

/* Tiles of one size along an axis of a box: where they begin. */
struct stretch {
    int32_t first, count, outputs;
};

static struct stretch stretch_of(const struct det_winograd_axis *axis,
                                 int32_t first, int32_t count, bool fours)
{
    const int32_t of_fours = fours_in(axis, first, count);
    return fours
               ? (struct stretch){first, of_fours, OUT}
               : (struct stretch){first + of_fours, count - of_fours, OUT - 1};
}

/* The first output of an axis' tile. */
static int32_t output_at(const struct det_winograd_axis *axis, int32_t tile)
{
    return tile <= axis->fours
               ? tile * OUT
               : axis->fours * OUT + (tile - axis->fours) * (OUT - 1);
}

struct det_winograd_corner
det_winograd_corner(const struct det_winograd_tiles *tiles, int64_t tile)
{
    const struct det_winograd_cut *cut = tiles->cut;
    const struct det_winograd_box *box = &tiles->box;
    int size = FLAT;
    while (tile >= tiles->first[size + 1])
        size++;
    const struct stretch rows = stretch_of(&cut->rows, box->row, box->rows,
                                           size == FULL || size == TALL);
    const struct stretch columns = stretch_of(
        &cut->columns, box->column, box->columns, size == FLAT || size == FULL);
    const int32_t at = (int32_t)(tile - tiles->first[size]);
    const int32_t line = at / columns.count;
    return (struct det_winograd_corner){
        .image = box->image + line / rows.count,
        .y = output_at(&cut->rows, rows.first + line % rows.count),
        .x = output_at(&cut->columns, columns.first + at % columns.count),
        .size = {rows.outputs, columns.outputs}};
}

struct det_winograd_run
det_winograd_with_point(const struct det_winograd_tiles *tiles, int point)
{
    const bool of_four_rows = point / IN == DET_WINOGRAD_LEFT_OUT;
    const bool of_four_columns = point % IN == DET_WINOGRAD_LEFT_OUT;
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
        .box = {.images = divided_up(whole->images, along),
                .rows = divided_up(whole->rows, down),
                .columns = divided_up(whole->columns, across)}};
    b.along = divided_up(whole->images, b.box.images);
    b.down = divided_up(whole->rows, b.box.rows);
    b.across = divided_up(whole->columns, b.box.columns);
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
        (det_winograd_box_count(&boxes) + search->threads - 1) /
        search->threads;
    const int64_t cost = rounds * (tiles + search->extra);
    if (tiles <= search->most && (search->cost == 0 || cost < search->cost)) {
        search->best = boxes;
        search->cost = cost;
    }
}

/* The fewest equal boxes along one side that hold `most` of it each, and a few
 * more of them, which the threads may share better. */
static int32_t fewest(int32_t side, int32_t most)
{
    return divided_up(side, most < 1 ? 1 : smaller(most, side));
}

struct det_winograd_boxes det_winograd_boxes(const struct det_winograd_cut *cut,
                                             int32_t most, int32_t extra,
                                             int threads)
{
    const struct det_winograd_box whole = det_winograd_whole(cut);
    struct search search = {.most = most, .extra = extra, .threads = threads};
    const int64_t of_image = (int64_t)whole.rows * whole.columns;
    if (of_image <= most) {
        const int32_t few = fewest(whole.images, most / (int32_t)of_image);
        for (int32_t n = few; n < few + threads && n <= whole.images; n++)
            consider(&search, cut_into(&whole, n, 1, 1));
    }
    for (int32_t across = fewest(whole.columns, most); across <= whole.columns;
         across++) {
        const int32_t few =
            fewest(whole.rows, most / divided_up(whole.columns, across));
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
    box.columns = smaller(box.columns, whole.columns - box.column);
    box.rows = smaller(box.rows, whole.rows - box.row);
    box.images = smaller(box.images, whole.images - box.image);
    return box;
}
