/* SPDX-License-Identifier: MIT */
/*
 * Convolution as matrix products over tiles of output places.  The depth of
 * the product is cut into blocks of input channels; the patches of a tile for
 * one block (a piece of im2col) fit in the second-level cache, and norm,
 * residual and ReLU are done while the tile is warm.
 *
 * 3x3 convolutions of stride 1 mostly go another way (conv2d_winograd_cpu.h).
 *
 * Order of the sum, which is oneDNN's on AVX2 (jit_avx2_conv_kernel_f32.cpp
 * and jit_avx2_1x1_conv_kernel_f32.cpp, measured on torch 1.13): from the
 * bias, along groups of 8 input channels, kernel rows, kernel columns,
 * channels of the group.  1x1 kernels sum each 128 channels apart.
 */
#include <omp.h>
#include <string.h>

#include "compute/cpu/conv2d_epilogue_cpu.h"
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/conv2d_padded_cpu.h"
#include "compute/cpu/conv2d_patches_cpu.h"
#include "compute/cpu/conv2d_winograd_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum {
    POINTWISE_BLOCK = 128, /* channels that a 1x1 kernel sums apart */
    BLOCK_DEPTH = 288,     /* 32 channels of a 3x3 kernel */
    TILE_PLACES = 126,     /* x BLOCK_DEPTH floats: 145 KB of patches */
    TILE_CHANNELS = 256,
    MIN_TILE_CHANNELS = 32, /* narrowest slice worth a tile of its own */
    WANTED_TILES = 16       /* keep any number of threads busy */
};

static int32_t min_int32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t group_inputs(const struct det_conv_shape *s)
{
    return s->in_channels / s->groups;
}

static int32_t group_outputs(const struct det_conv_shape *s)
{
    return s->out_channels / s->groups;
}

static int32_t kernel_area(const struct det_conv_shape *s)
{
    return s->kernel_h * s->kernel_w;
}

static size_t panel_size(const struct det_conv_shape *s)
{
    return (size_t)kernel_area(s) * (size_t)group_inputs(s) * DET_PANEL;
}

static int32_t panels(int32_t columns)
{
    return (columns + DET_PANEL - 1) / DET_PANEL;
}

/* -------------------------------------------------------------------- tiles */

/* Output places times output channels of one group. */
struct tile {
    int64_t first_place, places; /* of N * OH * OW */
    int32_t group;
    int32_t first_channel, channels; /* of the group's */
};

/* Input channels of the group that are summed at a time. */
struct block {
    int32_t first, channels;
};

static bool is_pointwise(const struct det_conv_shape *s)
{
    return s->kernel_h == 1 && s->kernel_w == 1;
}

/* The patches of such a layer are its input. */
static bool needs_no_patches(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    return is_pointwise(s) && s->stride == 1 && s->pad == 0 &&
           op->more_pad_left == 0 && op->in.h == op->out.h &&
           op->in.w == op->out.w;
}

static int32_t block_channels(const struct det_conv_shape *s)
{
    if (is_pointwise(s))
        return POINTWISE_BLOCK;
    const int32_t groups = BLOCK_DEPTH / kernel_area(s) / DET_CONV_GROUP;
    return groups > 0 ? groups * DET_CONV_GROUP : DET_CONV_GROUP;
}

static int32_t block_depth(const struct det_conv_shape *s)
{
    return min_int32(block_channels(s), group_inputs(s)) * kernel_area(s);
}

static float *tile_output(const struct det_conv2d *op, const struct tile *tile)
{
    return op->out.data + tile->first_place * op->out.c +
           tile->group * group_outputs(&op->shape) + tile->first_channel;
}

static int32_t first_output(const struct det_conv2d *op,
                            const struct tile *tile)
{
    return tile->group * group_outputs(&op->shape) + tile->first_channel;
}

/* The sums begin with the bias, or with what is there. */
static void start_tile(const struct det_conv2d *op, const struct tile *tile)
{
    const size_t bytes = (size_t)tile->channels * sizeof(float);
    float *out = tile_output(op, tile);
    if (op->add)
        return;
    for (int64_t i = 0; i < tile->places; i++, out += op->out.c)
        if (op->bias)
            memcpy(out, op->bias + first_output(op, tile), bytes);
        else
            memset(out, 0, bytes);
}

/* The same for the first block of the depth, and how the others go on. */
static enum det_sum_start block_start(const struct det_conv2d *op,
                                      const struct block *block)
{
    if (block->first == 0 && !op->add)
        return DET_SUM_FROM_BIAS;
    return is_pointwise(&op->shape) ? DET_SUM_APART : DET_SUM_FROM_OUT;
}

static void multiply_tile(const struct det_conv2d *op, const struct tile *tile,
                          float *patches)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t channels = group_inputs(s), area = kernel_area(s);
    const bool direct = needs_no_patches(op);
    const float *panel =
        op->packed + ((size_t)tile->group * panels(group_outputs(s)) +
                      (size_t)(tile->first_channel / DET_PANEL)) *
                         panel_size(s);
    struct block block = {.first = 0};
    for (; block.first < channels; block.first += block.channels) {
        block.channels = min_int32(block_channels(s), channels - block.first);
        if (!direct)
            det_conv2d_fill_patches(
                patches,
                &(struct det_conv2d_patches){
                    .op = op,
                    .first_place = tile->first_place,
                    .places = tile->places,
                    .first_channel = tile->group * channels + block.first,
                    .channels = block.channels});
        det_conv2d_block(&(struct det_conv2d_block){
            .out = tile_output(op, tile),
            .start = block_start(op, &block),
            .bias = op->bias ? op->bias + first_output(op, tile) : NULL,
            .patches = direct ? op->in.data + tile->first_place * op->in.c +
                                    tile->group * channels + block.first
                              : patches,
            .weights = panel + (size_t)block.first * area * DET_PANEL,
            .places = tile->places,
            .depth = (int64_t)block.channels * area,
            .columns = tile->channels,
            .out_stride = op->out.c,
            .patch_stride = direct ? op->in.c : (int64_t)block.channels * area,
            .panel_stride = (int64_t)panel_size(s)});
    }
}

/* ------------------------------------------------------------- without patches
 * Many small maps with few output channels: a patch would be used for too few
 * of them to be worth its copy.  The maps are copied once, with their padding,
 * and read where they lie. */

enum { MOST_TAP_RUNS = 128, MANY_MAPS = 8, FEW_OUTPUTS = 64 };

static bool avoids_patches(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t c = s->in_channels;
    const int32_t runs = kernel_area(s) * ((c + 7) / DET_CONV_GROUP);
    return s->groups == 1 && !is_pointwise(s) && op->in.n >= MANY_MAPS &&
           s->out_channels <= FEW_OUTPUTS && runs <= MOST_TAP_RUNS &&
           (c % DET_CONV_GROUP == 0 || c < DET_CONV_GROUP);
}

/* Distances of all runs of channels from a window's corner, in the order of
 * the sum; their count. */
static int64_t list_taps(int64_t offsets[MOST_TAP_RUNS],
                         const struct det_conv2d *op,
                         const struct det_conv2d_padded *padded)
{
    const struct det_conv_shape *s = &op->shape;
    int64_t count = 0;
    for (int32_t c = 0; c < s->in_channels; c += DET_CONV_GROUP)
        for (int32_t r = 0; r < s->kernel_h; r++)
            for (int32_t q = 0; q < s->kernel_w; q++)
                offsets[count++] = ((int64_t)r * padded->w + q) * s->dilation *
                                       s->in_channels +
                                   c;
    return count;
}

static void multiply_tile_by_taps(const struct det_conv2d *op,
                                  const struct tile *tile,
                                  const struct det_conv2d_padded *padded)
{
    const struct det_conv_shape *s = &op->shape;
    const float *corners[TILE_PLACES];
    int64_t offsets[MOST_TAP_RUNS];
    for (int64_t i = 0; i < tile->places; i++)
        corners[i] = det_conv2d_corner(padded, op, tile->first_place + i);
    det_conv2d_taps(&(struct det_conv2d_taps){
        .out = tile_output(op, tile),
        .corners = corners,
        .offsets = offsets,
        .runs = list_taps(offsets, op, padded),
        .run = min_int32(s->in_channels, DET_CONV_GROUP),
        .weights = op->packed +
                   (size_t)(tile->first_channel / DET_PANEL) * panel_size(s),
        .places = tile->places,
        .columns = tile->channels,
        .out_stride = op->out.c,
        .panel_stride = (int64_t)panel_size(s)});
}

/* ----------------------------------------------------------------- epilogue */

static void finish_tile(const struct det_conv2d *op, const struct tile *tile)
{
    det_conv2d_finish(
        op, &(struct det_conv2d_part){.first_place = tile->first_place,
                                      .places = tile->places,
                                      .first_channel = first_output(op, tile),
                                      .channels = tile->channels});
}

/* ---------------------------------------------------------------- the slots */

/* Floats of one thread. */
static size_t patches_of_thread(const struct det_conv2d *op)
{
    return needs_no_patches(op)
               ? 0
               : (size_t)TILE_PLACES * (size_t)block_depth(&op->shape);
}

static size_t patches_count(const struct det_conv2d *op)
{
    return avoids_patches(op) ? 0 : patches_of_thread(op);
}

size_t det_conv2d_scratch_cpu(const struct det_conv2d *op, int threads)
{
    /* Not less than with fewer images, which may go another way: memory is
     * planned for the most that there can be. */
    const size_t patches = (size_t)threads * patches_of_thread(op);
    const size_t padded = avoids_patches(op) ? det_conv2d_padded_count(op) : 0;
    const size_t winograd = det_conv2d_suits_winograd(op)
                                ? det_conv2d_winograd_count(op, threads)
                                : 0;
    const size_t by_taps = patches > padded ? patches : padded;
    return (winograd > by_taps ? winograd : by_taps) * sizeof(float);
}

/* How the output is cut into tiles; slices of channels grow narrower where
 * there are few tiles of places. */
struct tiling {
    int64_t row_tiles;
    int32_t slices;         /* of a group's output channels */
    int32_t slice_channels; /* a multiple of DET_PANEL */
};

static struct tiling tiling_of(const struct det_conv2d *op)
{
    const int32_t columns = group_outputs(&op->shape);
    struct tiling t = {.slice_channels = TILE_CHANNELS};
    t.row_tiles = (det_tensor_places(&op->out) + TILE_PLACES - 1) / TILE_PLACES;
    while (t.slice_channels > MIN_TILE_CHANNELS &&
           t.row_tiles * ((columns + t.slice_channels - 1) / t.slice_channels) <
               WANTED_TILES)
        t.slice_channels /= 2;
    t.slices = (columns + t.slice_channels - 1) / t.slice_channels;
    return t;
}

static struct tile tile_at(const struct det_conv2d *op,
                           const struct tiling *tiling, int64_t index)
{
    const int64_t parts = (int64_t)tiling->slices * op->shape.groups;
    const int64_t first_place = index / parts * TILE_PLACES;
    const int64_t rest = det_tensor_places(&op->out) - first_place;
    const int32_t part = (int32_t)(index % parts);
    const int32_t first = part % tiling->slices * tiling->slice_channels;
    return (struct tile){.first_place = first_place,
                         .places = rest < TILE_PLACES ? rest : TILE_PLACES,
                         .group = part / tiling->slices,
                         .first_channel = first,
                         .channels =
                             min_int32(tiling->slice_channels,
                                       group_outputs(&op->shape) - first)};
}

det_status det_conv2d_cpu(struct det_compute *compute,
                          const struct det_conv2d *op, void *scratch)
{
    if (det_conv2d_suits_winograd(op)) {
        det_conv2d_winograd(op, compute->threads, scratch);
        return DET_OK;
    }
    const size_t patches = patches_count(op);
    const struct tiling tiling = tiling_of(op);
    const int64_t tiles = tiling.row_tiles * tiling.slices * op->shape.groups;
    const bool by_taps = avoids_patches(op);
    struct det_conv2d_padded padded = det_conv2d_padded_of(op);
    if (by_taps) {
        padded.data = scratch;
        det_conv2d_pad(compute->threads, &padded, op);
    }
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t i = 0; i < tiles; i++) {
        const struct tile tile = tile_at(op, &tiling, i);
        float *own = (float *)scratch + (size_t)omp_get_thread_num() * patches;
        if (by_taps) {
            start_tile(op, &tile);
            multiply_tile_by_taps(op, &tile, &padded);
        } else {
            multiply_tile(op, &tile, patches ? own : NULL);
        }
        finish_tile(op, &tile);
    }
    return DET_OK;
}

struct det_layer_way det_conv2d_way_cpu(const struct det_conv2d *op)
{
    if (det_conv2d_suits_winograd(op))
        return (struct det_layer_way){"winograd",
                                      det_conv2d_winograd_flops(op)};
    return (struct det_layer_way){is_pointwise(&op->shape) ? "pointwise"
                                  : avoids_patches(op)     ? "taps"
                                                           : "direct",
                                  det_conv2d_flops(op)};
}
