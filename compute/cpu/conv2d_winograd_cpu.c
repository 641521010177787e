/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_winograd_cpu.h"

#include <omp.h>
#include <string.h>

#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/conv2d_pack_cpu.h"
#include "compute/cpu/pieces_cpu.h"
#include "compute/cpu/shares_cpu.h"
#include "compute/cpu/winograd_tiles_cpu.h"

enum {
    MOST_PLACES = DET_WINOGRAD_MOST_POINTS * DET_WINOGRAD_MOST_POINTS,
    KERNELS = DET_WINOGRAD_KERNELS * DET_WINOGRAD_KERNELS,
    LANES = DET_WINOGRAD_LANES,
    TAPS = 9,
    TILE_STEP = 14, /* places of the kernel */
    MOST_TILES = 98,
    WEIGHTS_AGAIN = 16, /* what going by them costs a block, in tiles */
    /* A block's patches and products: what the second-level cache and a share
     * of the third hold.  The weights go by once for each block: with half as
     * much, 256 channels take a fifth longer, 1024 three times as long. */
    BLOCK_FLOATS = 1040000,
    /* Tiles of a block of stride 2, whatever the channels: an odd place's
     * weights serve up to 16 points of each. */
    BLOCK_BY_2 = 28,
    /* Few tiles: their patches, if they are no more than a third of the
     * weights, may wait in the third level while these go by, slice after
     * slice. */
    WAITING_SHARE = 3,
    WAITING_FLOATS = 6000000,
    /* Output channels at a time: their weights stay in the second level, but
     * the more tiles there are, the more it is the patches that go by. */
    NARROWEST_SLICE = 16,
    NARROW_SLICE = 32,
    WIDE_SLICE = 64,
    VERY_FEW_TILES = 31,
    MANY_TILES = 64,
    MANY_CHANNELS = 256 /* of inputs: 32 outputs' weights are 1.2 MB */
};

_Static_assert((int)LANES == (int)DET_PANEL, "a panel is a run of lanes");

/* ------------------------------------------------------------------- shapes */

static struct det_winograd_cut cut_of(const struct det_conv2d *op)
{
    return det_winograd_cut(op->shape.stride, op->out.n, op->out.h, op->out.w);
}

static bool is_possible(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    return s->kernel_h == 3 && s->kernel_w == 3 &&
           (s->stride == 1 || s->stride == 2) && s->dilation == 1 &&
           s->groups == 1 && s->in_channels % LANES == 0 &&
           s->out_channels % LANES == 0;
}

/* Work in products of one tap, input channel and output channel; what the
 * transforms take, and how much slower the products are, was measured. */
bool det_conv2d_suits_winograd(const struct det_conv2d *op)
{
    enum { WEIGHT = 13, PATCH = 30 };
    const double slower = 1.3;
    if (op->in_order || !is_possible(op))
        return false;
    const double c = op->shape.in_channels, k = op->shape.out_channels;
    const struct det_winograd_cut cut = cut_of(op);
    const double points = (double)det_winograd_all_points(&cut);
    const double sums = (double)det_winograd_all_sums(&cut);
    const double direct = (double)det_tensor_places(&op->out) * TAPS * c * k;
    const double winograd = points * (slower * c * k + PATCH * c) +
                            sums * PATCH * k + KERNELS * WEIGHT * c * k;
    return winograd < direct;
}

/* A tile's points, and its sums. */
static int32_t points_of(const struct det_conv_shape *s)
{
    return det_winograd_points(s->stride) * det_winograd_points(s->stride);
}

static int32_t sums_of(const struct det_conv_shape *s)
{
    return det_winograd_sums(s->stride) * det_winograd_sums(s->stride);
}

/* Matrices of all points lie one after the other, a line apart: a distance that
 * is a power of two would put all of them into one set of the cache. */
static int64_t point_stride(int64_t rows, int32_t columns)
{
    return rows * columns + LANES;
}

/* How the work is cut: by tiles, with all weights at hand, where there are
 * many; by output channels, with all patches at hand, where there are few. */
struct plan {
    struct det_winograd_cut cut;
    bool by_channels;
    int32_t block;    /* tiles at a time, at most */
    int32_t channels; /* output channels at a time */
    /* Of a kernel, of a point, of a sum. */
    int64_t weights_stride, patches_stride, sums_stride;
};

static int32_t block_of(const struct det_conv_shape *s)
{
    if (s->stride == 2)
        return BLOCK_BY_2;
    const int32_t floats =
        points_of(s) * s->in_channels + sums_of(s) * s->out_channels;
    const int32_t fit = BLOCK_FLOATS / floats / TILE_STEP * TILE_STEP;
    return fit < TILE_STEP ? TILE_STEP : det_smaller(fit, MOST_TILES);
}

/* Most tiles that go by channels. */
static int64_t few_tiles(const struct det_conv_shape *s)
{
    const int32_t points = points_of(s);
    return det_smaller(WAITING_FLOATS / (points * s->in_channels),
                       KERNELS * s->out_channels / (WAITING_SHARE * points));
}

static int32_t slice_of(const struct det_conv_shape *s, int64_t tiles)
{
    int32_t slice = NARROW_SLICE;
    if (tiles > MANY_TILES)
        slice = WIDE_SLICE;
    else if (tiles <= VERY_FEW_TILES && s->in_channels >= MANY_CHANNELS)
        slice = NARROWEST_SLICE;
    return det_smaller(s->out_channels, slice);
}

static struct plan plan_for(const struct det_conv2d *op, int64_t count)
{
    const int32_t c = op->shape.in_channels, k = op->shape.out_channels;
    struct plan p = {.cut = cut_of(op)};
    p.by_channels = count <= few_tiles(&op->shape);
    p.block = p.by_channels ? (int32_t)count : block_of(&op->shape);
    p.channels = p.by_channels ? slice_of(&op->shape, count) : k;
    p.weights_stride = point_stride(c, p.channels);
    p.patches_stride = point_stride(p.block, c);
    p.sums_stride = point_stride(p.block, p.channels);
    return p;
}

static struct plan plan_of(const struct det_conv2d *op)
{
    const struct det_winograd_cut cut = cut_of(op);
    const struct det_winograd_box all = det_winograd_whole(&cut);
    return plan_for(op, det_winograd_count(&all));
}

/* Scratch in floats: a place of zeros; weights and patches, of which one is
 * everybody's and one each thread's own; sums of each thread. */
struct room {
    size_t zeros, shared, own_input, sums;
};

static struct room room_of(const struct det_conv2d *op, const struct plan *p)
{
    const size_t weights = (size_t)p->weights_stride * KERNELS;
    const size_t patches = (size_t)(p->patches_stride * points_of(&op->shape));
    return (struct room){.zeros = (size_t)op->shape.in_channels,
                         .shared = p->by_channels ? patches : weights,
                         .own_input = p->by_channels ? weights : patches,
                         .sums =
                             (size_t)(p->sums_stride * sums_of(&op->shape))};
}

static size_t count_of(const struct det_conv2d *op, const struct plan *plan,
                       int threads)
{
    const struct room room = room_of(op, plan);
    return room.zeros + room.shared +
           (size_t)threads * (room.own_input + room.sums);
}

/* Memory is planned for as many RoIs as there can be: what fewer of them need,
 * which may go the other way, must fit, too. */
size_t det_conv2d_winograd_count(const struct det_conv2d *op, int threads)
{
    const struct plan plan = plan_of(op);
    const size_t needed = count_of(op, &plan, threads);
    if (plan.by_channels)
        return needed;
    const struct plan by_channels = plan_for(op, few_tiles(&op->shape));
    const size_t fewer = count_of(op, &by_channels, threads);
    return needed > fewer ? needed : fewer;
}

double det_conv2d_winograd_flops(const struct det_conv2d *op)
{
    const struct det_winograd_cut cut = cut_of(op);
    return 2.0 * (double)det_winograd_all_points(&cut) * op->shape.in_channels *
           op->shape.out_channels;
}

/* ------------------------------------------------------------------ weights */

/* A panel's weights lie in groups of DET_CONV_GROUP input channels, [taps]
 * [channels of the group][DET_PANEL]; a kernel's become [C][DET_PANEL]. */
static void transform_panel(float *out, int64_t stride,
                            const struct det_conv2d *op, int32_t panel)
{
    const int32_t c = op->shape.in_channels;
    const float *packed = op->packed + (int64_t)panel * TAPS * c * DET_PANEL;
    for (int32_t i = 0; i < c; i++)
        det_winograd_weights(out + i * DET_PANEL, stride,
                             &(struct det_winograd_taps){
                                 packed + ((int64_t)(i / DET_CONV_GROUP) *
                                               TAPS * DET_CONV_GROUP +
                                           i % DET_CONV_GROUP) *
                                              DET_PANEL,
                                 DET_CONV_GROUP * DET_PANEL, op->shape.stride});
}

/* -------------------------------------------------------------------- tiles */

static void transform_patch(float *out, int64_t stride,
                            const struct det_conv2d *op,
                            struct det_winograd_corner corner,
                            const float *zeros)
{
    const struct det_tensor *in = &op->in;
    const int32_t side = det_winograd_points(op->shape.stride);
    const int32_t top = corner.y * op->shape.stride - op->shape.pad;
    const int32_t left =
        corner.x * op->shape.stride - op->shape.pad - op->more_pad_left;
    const float *places[MOST_PLACES];
    for (int32_t y = 0; y < side; y++)
        for (int32_t x = 0; x < side; x++) {
            const int32_t row = top + y, column = left + x;
            const bool inside =
                row >= 0 && row < in->h && column >= 0 && column < in->w;
            places[y * side + x] =
                inside ? in->data +
                             (((int64_t)corner.image * in->h + row) * in->w +
                              column) *
                                 in->c
                       : zeros;
        }
    det_winograd_input(out, stride, places, in->c, corner.size);
}

/* Output channels [first, first + count). */
struct slice {
    int32_t first, count;
};

/* The outputs of a tile that are within the map. */
static void write_tile(const struct det_conv2d *op,
                       struct det_winograd_corner corner, struct slice slice,
                       const float *sums, int64_t stride)
{
    const struct det_tensor *out = &op->out;
    const int64_t first =
        ((int64_t)corner.image * out->h + corner.y) * out->w + corner.x;
    struct det_winograd_tile tile = {
        .row = (int64_t)out->w * out->c,
        .place = out->c,
        .size = corner.size,
        .rows = det_smaller(out->h - corner.y, corner.size.rows),
        .columns = det_smaller(out->w - corner.x, corner.size.columns),
        .add = op->add,
        .relu = op->relu};
    for (int32_t k = 0; k < slice.count; k += LANES) {
        const int32_t channel = slice.first + k;
        const int64_t at = first * out->c + channel;
        tile.out = out->data + at;
        tile.bias = op->bias ? op->bias + channel : NULL;
        tile.scale = op->norm.scale ? op->norm.scale + channel : NULL;
        tile.shift = op->norm.scale ? op->norm.shift + channel : NULL;
        tile.residual = op->residual.data ? op->residual.data + at : NULL;
        det_winograd_output(&tile, sums + k, stride);
    }
}

/* A box of tiles of a layer, while it is made. */
struct work {
    const struct det_conv2d *op;
    const struct plan *plan;
    const struct det_winograd_tiles *tiles;
    struct slice slice;
    const float *patches, *weights;
    float *sums;
};

enum { MOST_ROWS = 16 };

/* The rows of products [tiles, channels] of a kernel, one of each of its
 * points. */
static int64_t list_rows(struct det_conv2d_row rows[MOST_ROWS],
                         const struct work *work, int kernel)
{
    const struct plan *p = work->plan;
    const int32_t stride = work->op->shape.stride;
    const struct det_winograd_span down = det_winograd_span(
                                       stride, kernel / DET_WINOGRAD_KERNELS),
                                   across = det_winograd_span(
                                       stride, kernel % DET_WINOGRAD_KERNELS);
    int64_t count = 0;
    for (int32_t y = down.first; y < down.first + down.count; y++)
        for (int32_t x = across.first; x < across.first + across.count; x++) {
            const int32_t row = det_winograd_sum_of(stride, y),
                          column = det_winograd_sum_of(stride, x);
            const struct det_winograd_run run =
                det_winograd_with_sum(work->tiles, row, column);
            const int64_t point = y * det_winograd_points(stride) + x,
                          sum = row * det_winograd_sums(stride) + column;
            rows[count++] = (struct det_conv2d_row){
                .out =
                    work->sums + sum * p->sums_stride + run.first * p->channels,
                .in = work->patches + point * p->patches_stride +
                      run.first * work->op->shape.in_channels,
                .places = run.count};
        }
    return count;
}

/* The kernels of a sum's first products come before the others of its column
 * and row, which are summed apart: one chain would be twice as far off. */
static enum det_sum_start start_of(int32_t stride, int kernel)
{
    const int32_t sums = det_winograd_sums(stride);
    return kernel / DET_WINOGRAD_KERNELS < sums &&
                   kernel % DET_WINOGRAD_KERNELS < sums
               ? DET_SUM_FROM_BIAS
               : DET_SUM_APART;
}

/* The layer's weights of the slice after this, or NULL, are asked for
 * meanwhile: those of one tap are as many as one kernel's. */
static void multiply_tiles(const struct work *work, const float *next)
{
    const struct det_conv2d *op = work->op;
    const struct plan *p = work->plan;
    const int32_t c = op->shape.in_channels;
    for (int i = 0; i < KERNELS; i++) {
        struct det_conv2d_row rows[MOST_ROWS];
        const int64_t count = list_rows(rows, work, i);
        det_conv2d_block(&(struct det_conv2d_block){
            .rows = rows,
            .num_rows = count,
            .in_stride = c,
            .out_stride = p->channels,
            .runs = 1,
            .run = c,
            .weights = work->weights + i * p->weights_stride,
            .panel_stride = (int64_t)c * DET_PANEL,
            .next = next && i < TAPS ? next + (int64_t)i * c * DET_PANEL : NULL,
            .next_stride = (int64_t)TAPS * c * DET_PANEL,
            .columns = work->slice.count,
            .start = start_of(op->shape.stride, i)});
    }
    for (int64_t i = 0; i < work->tiles->first[DET_WINOGRAD_SIZES]; i++)
        write_tile(op, det_winograd_corner(work->tiles, i), work->slice,
                   work->sums + i * p->channels, p->sums_stride);
}

/* ---------------------------------------------------------------- the two ways
 */

struct memory {
    float *zeros, *shared, *own; /* own: of thread 0, the others' follow */
    size_t own_input, own_size;
};

static float *own_memory(const struct memory *m)
{
    return m->own + (size_t)omp_get_thread_num() * m->own_size;
}

static void run_box(const struct det_conv2d *op, const struct plan *p,
                    const struct memory *m, const struct det_winograd_box *box)
{
    const int32_t c = op->shape.in_channels;
    const struct slice all = {0, op->shape.out_channels};
    const struct det_winograd_tiles tiles = det_winograd_tiles(&p->cut, box);
    float *patches = own_memory(m);
    for (int64_t i = 0; i < tiles.first[DET_WINOGRAD_SIZES]; i++)
        transform_patch(patches + i * c, p->patches_stride, op,
                        det_winograd_corner(&tiles, i), m->zeros);
    multiply_tiles(&(struct work){.op = op,
                                  .plan = p,
                                  .tiles = &tiles,
                                  .slice = all,
                                  .patches = patches,
                                  .weights = m->shared,
                                  .sums = patches + m->own_input},
                   NULL);
}

static void run_by_tiles(const struct det_conv2d *op, const struct plan *p,
                         const struct memory *m, int threads)
{
    const int32_t c = op->shape.in_channels;
    const int32_t panels = op->shape.out_channels / DET_PANEL;
    const struct det_winograd_boxes boxes =
        det_winograd_boxes(&p->cut, p->block, WEIGHTS_AGAIN, threads);
    struct det_shares shares;
    det_shares_init(&shares, det_winograd_box_count(&boxes), threads);
#pragma omp parallel num_threads(threads)
    {
#pragma omp for
        for (int32_t panel = 0; panel < panels; panel++)
            transform_panel(m->shared + (int64_t)panel * c * DET_PANEL,
                            p->weights_stride, op, panel);
        for (int64_t i; det_shares_take(&shares, omp_get_thread_num(), &i);) {
            const struct det_winograd_box box =
                det_winograd_box_at(&boxes, &p->cut, i);
            run_box(op, p, m, &box);
        }
    }
}

static void run_by_channels(const struct det_conv2d *op, const struct plan *p,
                            const struct memory *m, int threads)
{
    const int32_t c = op->shape.in_channels, k = op->shape.out_channels;
    const struct det_winograd_box whole = det_winograd_whole(&p->cut);
    const struct det_winograd_tiles tiles = det_winograd_tiles(&p->cut, &whole);
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < tiles.first[DET_WINOGRAD_SIZES]; i++)
        transform_patch(m->shared + i * c, p->patches_stride, op,
                        det_winograd_corner(&tiles, i), m->zeros);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int32_t first = 0; first < k; first += p->channels) {
        const struct slice slice = {first, det_smaller(k - first, p->channels)};
        float *weights = own_memory(m);
        for (int32_t i = 0; i < slice.count; i += DET_PANEL)
            transform_panel(weights + (int64_t)i * c, p->weights_stride, op,
                            (first + i) / DET_PANEL);
        const int32_t next = first + threads * p->channels;
        multiply_tiles(&(struct work){.op = op,
                                      .plan = p,
                                      .tiles = &tiles,
                                      .slice = slice,
                                      .patches = m->shared,
                                      .weights = weights,
                                      .sums = weights + m->own_input},
                       next < k ? op->packed + (int64_t)next * TAPS * c : NULL);
    }
}

void det_conv2d_winograd(const struct det_conv2d *op, int threads,
                         float *scratch)
{
    const struct plan plan = plan_of(op);
    const struct room room = room_of(op, &plan);
    const struct memory memory = {.shared = scratch,
                                  .zeros = scratch + room.shared,
                                  .own = scratch + room.shared + room.zeros,
                                  .own_input = room.own_input,
                                  .own_size = room.own_input + room.sums};
    memset(memory.zeros, 0, room.zeros * sizeof *memory.zeros);
    if (plan.by_channels)
        run_by_channels(op, &plan, &memory, threads);
    else
        run_by_tiles(op, &plan, &memory, threads);
}
