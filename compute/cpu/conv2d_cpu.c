/* SPDX-License-Identifier: MIT */
/*
 * Convolution as matrix products over tiles: boxes of output places times
 * slices of output channels.  The windows are read where they lie in the map,
 * or, where some hang over its edge, in a copy of what the box sees, between
 * zeros, which the second-level cache holds.
 *
 * 3x3 convolutions mostly go another way (conv2d_winograd_cpu.h).
 *
 * Order of the sum, which is oneDNN's on AVX2 (jit_avx2_conv_kernel_f32.cpp
 * and jit_avx2_1x1_conv_kernel_f32.cpp, measured on torch 1.13): from the
 * bias, along groups of 8 input channels, kernel rows, kernel columns,
 * channels of the group.  1x1 kernels sum blocks of channels apart, of 128
 * where the order matters.
 */
#include <omp.h>

#include "compute/cpu/conv2d_band_cpu.h"
#include "compute/cpu/conv2d_epilogue_cpu.h"
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/conv2d_pack_cpu.h"
#include "compute/cpu/conv2d_winograd_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"
#include "compute/cpu/shares_cpu.h"

enum {
    TORCH_BLOCK = 128,   /* channels that a 1x1 kernel sums apart */
    BLOCK_DEPTH = 256,   /* of two panels 32 KB: they stay in the first cache */
    MOST_IN_PLACE = 512, /* channels at once: sums of a part would be written
                            over the residual */
    BLOCK_RUNS = 18,     /* of channels, of larger kernels */
    KERNEL_PLACES = 14,  /* what the kernel takes at a time on AVX-512 */
    TILE_PLACES = 126,
    BAND_FLOATS = 262144,        /* half of the second-level cache */
    CACHED_FLOATS = BAND_FLOATS, /* of a map; larger ones come from afar */
    TILE_CHANNELS = 256,
    MIN_TILE_CHANNELS = 32, /* narrowest slice worth a tile of its own */
    WANTED_TILES = 16       /* keep any number of threads busy */
};

/* Equal pieces of at most `most`, but for the last. */
static int32_t even_piece(int32_t whole, int32_t most)
{
    return whole <= most ? whole : det_pieces(whole, det_pieces(whole, most));
}

static int32_t group_inputs(const struct det_conv_shape *s)
{
    return s->in_channels / s->groups;
}

static int32_t group_outputs(const struct det_conv_shape *s)
{
    return s->out_channels / s->groups;
}

static bool is_pointwise(const struct det_conv_shape *s)
{
    return s->kernel_h == 1 && s->kernel_w == 1;
}

/* ------------------------------------------------------------------- places */

static bool is_one_product(const struct det_conv2d *op)
{
    return is_pointwise(&op->shape) && op->shape.stride == 1 &&
           op->in.h == op->out.h && op->in.w == op->out.w &&
           !det_conv2d_has_border(op) &&
           det_tensor_places(&op->out) <= INT32_MAX;
}

static void flatten(struct det_tensor *t)
{
    t->w = (int32_t)det_tensor_places(t);
    t->n = t->h = 1;
}

/* Where each place sees only itself, all of them are one row. */
static struct det_conv2d with_long_rows(const struct det_conv2d *op)
{
    struct det_conv2d flat = *op;
    if (is_one_product(op)) {
        flatten(&flat.in);
        flatten(&flat.out);
    }
    return flat;
}

/* The most places of a tile: whole images, else whole rows, else a piece of
 * one. */
static struct det_place_box largest_box(const struct det_tensor *out)
{
    struct det_place_box box = {.images = 1, .rows = 1, .columns = out->w};
    if (out->w > TILE_PLACES)
        box.columns =
            det_pieces(even_piece(out->w, TILE_PLACES), KERNEL_PLACES) *
            KERNEL_PLACES;
    else if ((int64_t)out->w * out->h > TILE_PLACES)
        box.rows = even_piece(out->h, TILE_PLACES / out->w);
    else {
        box.rows = out->h;
        box.images = TILE_PLACES / (out->h * out->w);
    }
    return box;
}

static bool halve(int32_t *side)
{
    const bool can = *side > 1;
    *side = det_pieces(*side, 2);
    return can;
}

/* What is seen must fit; of fewer images not more is seen, since memory is
 * planned for the most that there can be. */
static struct det_place_box choose_box(const struct det_conv2d *op)
{
    struct det_place_box box = largest_box(&op->out);
    if (det_conv2d_has_border(op))
        while (det_conv2d_band_count(op, &box, det_conv2d_spread(op)) >
                   BAND_FLOATS &&
               (halve(&box.images) || halve(&box.rows) || halve(&box.columns)))
            continue;
    box.images = det_smaller(box.images, op->out.n);
    return box;
}

/* Floats of one thread, whole lines of the cache. */
static size_t band_room(const struct det_conv2d *op)
{
    const struct det_place_box box = choose_box(op);
    if (!det_conv2d_has_border(op))
        return 0;
    return ((size_t)det_conv2d_band_count(op, &box, det_conv2d_spread(op)) +
            15) &
           ~(size_t)15;
}

/* -------------------------------------------------------------------- tiles */

/* How the output is cut; slices of channels grow narrower where there are few
 * boxes. */
struct tiling {
    struct det_place_box box; /* the first, which the others are like */
    int32_t across, down;     /* boxes of an image */
    int64_t boxes;
    int32_t slices;         /* of a group's output channels */
    int32_t slice_channels; /* a multiple of DET_PANEL */
};

static struct tiling tiling_of(const struct det_conv2d *op)
{
    const int32_t columns = group_outputs(&op->shape);
    struct tiling t = {.box = choose_box(op), .slice_channels = TILE_CHANNELS};
    t.across = det_pieces(op->out.w, t.box.columns);
    t.down = det_pieces(op->out.h, t.box.rows);
    t.boxes = (int64_t)det_pieces(op->out.n, t.box.images) * t.down * t.across;
    while (t.slice_channels > MIN_TILE_CHANNELS &&
           t.boxes * det_pieces(columns, t.slice_channels) < WANTED_TILES)
        t.slice_channels /= 2;
    t.slices = det_pieces(columns, t.slice_channels);
    return t;
}

/* Output places times output channels of one group. */
struct tile {
    struct det_place_box box;
    int32_t group;
    int32_t first_channel, channels; /* of the group's */
};

static struct det_place_box box_at(const struct det_conv2d *op,
                                   const struct tiling *t, int64_t index)
{
    struct det_place_box box = t->box;
    box.x = (int32_t)(index % t->across) * box.columns;
    box.y = (int32_t)(index / t->across % t->down) * box.rows;
    box.image = index / t->across / t->down * box.images;
    box.columns = det_smaller(box.columns, op->out.w - box.x);
    box.rows = det_smaller(box.rows, op->out.h - box.y);
    box.images = det_smaller(box.images, op->out.n - (int32_t)box.image);
    return box;
}

static struct tile tile_at(const struct det_conv2d *op, const struct tiling *t,
                           int64_t box, int32_t part)
{
    const int32_t first = part % t->slices * t->slice_channels;
    return (struct tile){
        .box = box_at(op, t, box),
        .group = part / t->slices,
        .first_channel = first,
        .channels =
            det_smaller(t->slice_channels, group_outputs(&op->shape) - first)};
}

static int32_t first_output(const struct det_conv2d *op,
                            const struct tile *tile)
{
    return tile->group * group_outputs(&op->shape) + tile->first_channel;
}

/* ----------------------------------------------------------------- products */

/* The box's rows of places. */
static int64_t list_rows(struct det_conv2d_row rows[TILE_PLACES],
                         const struct det_conv2d *op, const struct tile *tile,
                         const struct det_conv2d_band *band)
{
    const struct det_place_box *box = &tile->box;
    const int32_t channel = tile->group * group_inputs(&op->shape);
    const float *residual = op->residual.data;
    int64_t count = 0;
    for (int32_t i = 0; i < box->images; i++)
        for (int32_t y = 0; y < box->rows; y++) {
            const int64_t row = (box->image + i) * op->out.h + box->y + y;
            const int64_t at =
                (row * op->out.w + box->x) * op->out.c + first_output(op, tile);
            rows[count++] = (struct det_conv2d_row){
                .out = op->out.data + at,
                .in = band->data + i * band->image +
                      (int64_t)y * op->shape.stride * band->row + channel,
                .residual = residual ? residual + at : NULL,
                .places = box->columns};
        }
    return count;
}

/* The kernel's places, each a run of channels that lie together; of the few
 * channels of a picture those of a whole row of the kernel do. */
struct taps {
    int32_t down, across;
    int32_t whole; /* runs of DET_CONV_GROUP */
    int32_t rest;  /* length of those that follow, one for each tap; or 0 */
};

static struct taps taps_of(const struct det_conv_shape *s)
{
    const int32_t channels = group_inputs(s);
    struct taps t = {.down = s->kernel_h, .across = s->kernel_w};
    if (channels < DET_CONV_GROUP && s->groups == 1 && s->dilation == 1) {
        t.across = 1;
        t.rest = s->kernel_w * channels;
        return t;
    }
    t.whole = channels / DET_CONV_GROUP * t.down * t.across;
    t.rest = channels % DET_CONV_GROUP;
    return t;
}

static int64_t tap_offset(const struct taps *t, const struct det_conv2d *op,
                          const struct det_conv2d_band *band, int32_t run)
{
    const int32_t area = t->down * t->across, tap = run % area;
    return op->shape.dilation *
               (tap / t->across * band->row + tap % t->across * band->place) +
           run / area * DET_CONV_GROUP;
}

/* `all` is of the whole depth; it goes part by part. */
static void multiply_taps(const struct det_conv2d_block *all,
                          const struct det_conv2d *op,
                          const struct det_conv2d_band *band, bool last)
{
    const struct taps taps = taps_of(&op->shape);
    const int32_t runs =
        taps.whole + (taps.rest > 0 ? taps.down * taps.across : 0);
    int64_t offsets[BLOCK_RUNS];
    struct det_conv2d_block block = *all;
    block.offsets = offsets;
    for (int32_t first = 0, count; first < runs; first += count) {
        const bool whole = first < taps.whole;
        count = det_smaller((whole ? taps.whole : runs) - first, BLOCK_RUNS);
        for (int32_t i = 0; i < count; i++)
            offsets[i] = tap_offset(&taps, op, band, first + i);
        block.runs = count;
        block.run = whole ? DET_CONV_GROUP : taps.rest;
        block.last = last && first + count == runs;
        det_conv2d_block(&block);
        block.weights += block.runs * block.run * DET_PANEL;
        block.start = DET_SUM_FROM_OUT;
    }
}

static void multiply_channels(const struct det_conv2d_block *all,
                              const struct det_conv2d *op, bool last)
{
    const int32_t channels = group_inputs(&op->shape);
    const int32_t depth = op->in_order   ? TORCH_BLOCK
                          : op->in_place ? MOST_IN_PLACE
                                         : BLOCK_DEPTH;
    int64_t first = 0;
    struct det_conv2d_block block = *all;
    block.offsets = &first;
    block.runs = 1;
    block.asks = det_tensor_count(&op->in) > CACHED_FLOATS;
    for (; first < channels; first += depth) {
        block.run = det_smaller(depth, channels - (int32_t)first);
        block.last = last && first + block.run == channels;
        block.start = first > 0 || op->add ? DET_SUM_APART : DET_SUM_FROM_BIAS;
        det_conv2d_block(&block);
        block.weights += block.run * DET_PANEL;
    }
}

/* The kernel's norm is rounded once; where the order matters and it is not,
 * norm, residual and ReLU are left for after the tile. */
static bool norm_is_apart(const struct det_conv2d *op)
{
    return op->norm.scale && op->in_order && !op->norm.fused;
}

static void compute_tile(const struct det_conv2d *op, const struct tile *tile,
                         const struct det_conv2d_band *band)
{
    const struct det_conv_shape *s = &op->shape;
    const int64_t panel =
        (int64_t)s->kernel_h * s->kernel_w * group_inputs(s) * DET_PANEL;
    const int64_t panels = det_pieces(group_outputs(s), DET_PANEL);
    const int32_t channel = first_output(op, tile);
    const bool apart = norm_is_apart(op);
    const bool normed = op->norm.scale && !apart;
    struct det_conv2d_row rows[TILE_PLACES];
    const struct det_conv2d_block block = {
        .rows = rows,
        .num_rows = list_rows(rows, op, tile, band),
        .in_stride = s->stride * band->place,
        .out_stride = op->out.c,
        .weights =
            op->packed +
            (tile->group * panels + tile->first_channel / DET_PANEL) * panel,
        .panel_stride = panel,
        .columns = tile->channels,
        .start = op->add ? DET_SUM_FROM_OUT : DET_SUM_FROM_BIAS,
        .bias = op->bias ? op->bias + channel : NULL,
        .scale = normed ? op->norm.scale + channel : NULL,
        .shift = normed ? op->norm.shift + channel : NULL,
        .relu = op->relu};
    if (is_pointwise(s))
        multiply_channels(&block, op, !apart);
    else
        multiply_taps(&block, op, band, !apart);
    for (int64_t i = 0; apart && i < block.num_rows; i++)
        det_conv2d_finish(
            op, &(struct det_conv2d_part){
                    .first_place = (rows[i].out - op->out.data) / op->out.c,
                    .places = rows[i].places,
                    .first_channel = channel,
                    .channels = tile->channels});
}

/* ---------------------------------------------------------------- the slots */

size_t det_conv2d_scratch_cpu(const struct det_conv2d *op, int threads)
{
    /* Not less than with fewer images, which may go another way: memory is
     * planned for the most that there can be. */
    const size_t bands = (size_t)threads * band_room(op);
    const size_t winograd = det_conv2d_suits_winograd(op)
                                ? det_conv2d_winograd_count(op, threads)
                                : 0;
    return (winograd > bands ? winograd : bands) * sizeof(float);
}

/* One thread goes from tile to tile; its band serves all slices of a box. */
struct worker {
    float *memory;
    int64_t box; /* of the band; -1: none yet */
    struct det_conv2d_band band;
};

static void see_box(struct worker *worker, const struct det_conv2d *op,
                    const struct tile *tile, int64_t box)
{
    if (worker->box == box)
        return;
    worker->box = box;
    worker->band = worker->memory ? det_conv2d_copy_band(op, &tile->box,
                                                         det_conv2d_spread(op),
                                                         worker->memory)
                                  : det_conv2d_band_in_map(op, &tile->box);
}

det_status det_conv2d_cpu(struct det_compute *compute,
                          const struct det_conv2d *given, void *scratch)
{
    if (det_conv2d_suits_winograd(given)) {
        det_conv2d_winograd(given, compute->threads, scratch);
        return DET_OK;
    }
    if (det_tensor_places(&given->out) == 0)
        return DET_OK;
    const struct det_conv2d op = with_long_rows(given);
    const struct tiling tiling = tiling_of(&op);
    const int32_t parts = tiling.slices * op.shape.groups;
    const size_t room = band_room(&op);
    struct det_shares shares;
    det_shares_init(&shares, tiling.boxes * parts, compute->threads);
#pragma omp parallel num_threads(compute->threads)
    {
        struct worker worker = {.box = -1};
        if (room > 0)
            worker.memory =
                (float *)scratch + (size_t)omp_get_thread_num() * room;
        for (int64_t i; det_shares_take(&shares, omp_get_thread_num(), &i);) {
            const struct tile tile =
                tile_at(&op, &tiling, i / parts, (int32_t)(i % parts));
            see_box(&worker, &op, &tile, i / parts);
            compute_tile(&op, &tile, &worker.band);
        }
    }
    return DET_OK;
}

bool det_conv2d_fits_in_place_cpu(const struct det_conv2d *op)
{
    return is_pointwise(&op->shape) && !op->in_order &&
           group_inputs(&op->shape) <= MOST_IN_PLACE;
}

struct det_layer_way det_conv2d_way_cpu(const struct det_conv2d *op)
{
    if (det_conv2d_suits_winograd(op))
        return (struct det_layer_way){"winograd",
                                      det_conv2d_winograd_flops(op)};
    return (struct det_layer_way){is_pointwise(&op->shape) ? "pointwise"
                                                           : "direct",
                                  det_conv2d_flops(op)};
}
