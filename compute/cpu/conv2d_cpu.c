/* SPDX-License-Identifier: MIT */
/*
 * Convolution as matrix products over tiles of output places.  A tile's patch
 * matrix (im2col) is small enough to stay in cache, its product goes to
 * OpenBLAS on the tile's own thread, and bias, residual and ReLU are done
 * while the tile is warm.  1x1 convolutions of stride 1, and kernels that
 * cover their whole input (linear layers), need no patch matrix at all.
 */
#include <omp.h>
#include <string.h>

#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum {
    /* Places in a tile: docs/layout.md shows OpenBLAS at full speed from 256
     * on, and the patch matrix of a 3x3x256 layer is then 2.3 MB. */
    TILE_PLACES = 256,
    /* Narrowest slice of output channels worth a product of its own. */
    MIN_TILE_CHANNELS = 64,
    /* Tiles that keep any number of threads busy. */
    WANTED_TILES = 16
};

/* ------------------------------------------------------------------ packing
 * packed: for each group a matrix [R * S * C/groups, K/groups], so that the
 * product reads it by rows. */

static int32_t patch_size(const struct det_conv_shape *s)
{
    return s->kernel_h * s->kernel_w * (s->in_channels / s->groups);
}

size_t det_packed_conv2d_count_cpu(const struct det_conv_shape *s)
{
    return (size_t)patch_size(s) * (size_t)s->out_channels;
}

void det_pack_conv2d_cpu(float *packed, const struct det_conv_shape *s,
                         const float *weight, const float *scale)
{
    const int32_t channels = s->in_channels / s->groups;
    const int32_t columns = s->out_channels / s->groups;
    const int32_t kernel = s->kernel_h * s->kernel_w;
    for (int32_t k = 0; k < s->out_channels; k++) {
        float *group =
            packed + (size_t)(k / columns) * (size_t)patch_size(s) * columns;
        const float *row = weight + (size_t)k * patch_size(s); /* [C, R*S] */
        const float factor = scale ? scale[k] : 1.0f;
        for (int32_t rs = 0; rs < kernel; rs++)
            for (int32_t c = 0; c < channels; c++)
                group[(size_t)(rs * channels + c) * columns + k % columns] =
                    row[(size_t)c * kernel + rs] * factor;
    }
}

/* -------------------------------------------------------------------- tiles */

struct tile {
    int64_t first_place, places;     /* of N * OH * OW */
    int32_t first_channel, channels; /* of K */
};

static bool needs_patches(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    if (s->groups > 1 || s->pad > 0)
        return true;
    const bool pointwise =
        s->kernel_h == 1 && s->kernel_w == 1 && s->stride == 1;
    const bool covers = s->kernel_h == op->in.h && s->kernel_w == op->in.w &&
                        s->dilation == 1;
    return !pointwise && !covers;
}

/* Slices of the output channels: more than one only where there are few tiles
 * of places.  The cut depends on shapes alone, so that results do not depend
 * on the number of threads. */
static int32_t channel_slices(const struct det_conv2d *op)
{
    const int64_t row_tiles =
        (det_tensor_places(&op->out) + TILE_PLACES - 1) / TILE_PLACES;
    const int32_t most = op->shape.out_channels / MIN_TILE_CHANNELS;
    if (op->shape.groups > 1 || row_tiles == 0 || most < 2)
        return 1;
    const int64_t wanted = (WANTED_TILES + row_tiles - 1) / row_tiles;
    return wanted < most ? (int32_t)wanted : most;
}

/* One row of the patch matrix: the input under the kernel at output place
 * (y, x) of image `image`, channels [first, first + channels). */
static void fill_patch(float *patch, const struct det_conv2d *op,
                       const float *image, int32_t y, int32_t x, int32_t first,
                       int32_t channels)
{
    const struct det_conv_shape *s = &op->shape;
    const struct det_tensor *in = &op->in;
    const size_t bytes = (size_t)channels * sizeof(float);
    for (int32_t r = 0; r < s->kernel_h; r++) {
        const int32_t iy = y * s->stride - s->pad + r * s->dilation;
        const bool row_inside = iy >= 0 && iy < in->h;
        for (int32_t q = 0; q < s->kernel_w; q++, patch += channels) {
            const int32_t ix = x * s->stride - s->pad + q * s->dilation;
            if (row_inside && ix >= 0 && ix < in->w)
                memcpy(patch,
                       image + ((int64_t)iy * in->w + ix) * in->c + first,
                       bytes);
            else
                memset(patch, 0, bytes);
        }
    }
}

/* The same where the kernel lies inside the map, is dense and takes all
 * channels: each kernel row is one run of memory. */
static void copy_patch(float *patch, const struct det_conv2d *op,
                       const float *corner)
{
    const struct det_conv_shape *s = &op->shape;
    const size_t run = (size_t)s->kernel_w * op->in.c;
    for (int32_t r = 0; r < s->kernel_h; r++)
        memcpy(patch + (size_t)r * run,
               corner + (size_t)r * op->in.w * op->in.c, run * sizeof(float));
}

static bool kernel_inside(const struct det_conv2d *op, int32_t y, int32_t x)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t top = y * s->stride - s->pad;
    const int32_t left = x * s->stride - s->pad;
    return s->dilation == 1 && s->groups == 1 && top >= 0 && left >= 0 &&
           top + s->kernel_h <= op->in.h && left + s->kernel_w <= op->in.w;
}

static void fill_patches(float *patches, const struct det_conv2d *op,
                         const struct tile *tile, int32_t first,
                         int32_t channels)
{
    const struct det_conv_shape *s = &op->shape;
    const int64_t map = (int64_t)op->out.h * op->out.w;
    const int32_t size = patch_size(s);
    for (int64_t i = 0; i < tile->places; i++, patches += size) {
        const int64_t place = tile->first_place + i;
        const int32_t y = (int32_t)(place % map / op->out.w);
        const int32_t x = (int32_t)(place % op->out.w);
        const float *image =
            op->in.data + place / map * det_tensor_stride(&op->in);
        if (kernel_inside(op, y, x))
            copy_patch(patches, op,
                       image + ((int64_t)(y * s->stride - s->pad) * op->in.w +
                                (x * s->stride - s->pad)) *
                                   op->in.c);
        else
            fill_patch(patches, op, image, y, x, first, channels);
    }
}

static void multiply_tile(const struct det_conv2d *op, const struct tile *tile,
                          float *patches)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t depth = patch_size(s);
    const int32_t in_channels = s->in_channels / s->groups;
    const int32_t columns = s->out_channels / s->groups;
    for (int32_t group = 0; group < s->groups; group++) {
        const float *a = op->in.data + tile->first_place * depth;
        if (patches) {
            fill_patches(patches, op, tile, group * in_channels, in_channels);
            a = patches;
        }
        det_gemm_cpu(&(struct det_gemm){
            .out = op->out.data + tile->first_place * op->out.c +
                   tile->first_channel + (int64_t)group * columns,
            .a = a,
            .b = op->packed + (size_t)group * depth * columns +
                 tile->first_channel,
            .rows = tile->places,
            .columns = s->groups > 1 ? columns : tile->channels,
            .depth = depth,
            .out_stride = op->out.c,
            .a_stride = depth,
            .b_stride = columns});
    }
}

/* bias, residual and ReLU over one row of a tile */
static void finish_row(float *restrict out, const float *restrict bias,
                       const float *restrict residual, int32_t channels,
                       bool relu)
{
    if (bias)
        for (int32_t k = 0; k < channels; k++)
            out[k] += bias[k];
    if (residual)
        for (int32_t k = 0; k < channels; k++)
            out[k] += residual[k];
    if (relu)
        for (int32_t k = 0; k < channels; k++)
            out[k] = out[k] < 0.0f ? 0.0f : out[k]; /* keeps NaN, as torch */
}

static void finish_tile(const struct det_conv2d *op, const struct tile *tile)
{
    for (int64_t i = 0; i < tile->places; i++) {
        const int64_t at =
            (tile->first_place + i) * op->out.c + tile->first_channel;
        finish_row(op->out.data + at,
                   op->bias ? op->bias + tile->first_channel : NULL,
                   op->residual.data ? op->residual.data + at : NULL,
                   tile->channels, op->relu);
    }
}

/* ---------------------------------------------------------------- the slots */

static size_t patches_count(const struct det_conv2d *op)
{
    return needs_patches(op)
               ? (size_t)TILE_PLACES * (size_t)patch_size(&op->shape)
               : 0;
}

size_t det_conv2d_scratch_cpu(const struct det_conv2d *op, int threads)
{
    return (size_t)threads * patches_count(op) * sizeof(float);
}

static struct tile tile_at(const struct det_conv2d *op, int64_t index,
                           int32_t slices)
{
    const int64_t places = det_tensor_places(&op->out);
    const int64_t first_place = index / slices * TILE_PLACES;
    const int64_t rest = places - first_place;
    const int32_t k = op->shape.out_channels;
    const int32_t slice = (int32_t)(index % slices);
    const int32_t first = (int32_t)((int64_t)k * slice / slices);
    return (struct tile){
        .first_place = first_place,
        .places = rest < TILE_PLACES ? rest : TILE_PLACES,
        .first_channel = first,
        .channels = (int32_t)((int64_t)k * (slice + 1) / slices) - first};
}

det_status det_conv2d_cpu(struct det_compute *compute,
                          const struct det_conv2d *op, void *scratch)
{
    const size_t patches = patches_count(op);
    const int32_t slices = channel_slices(op);
    const int64_t row_tiles =
        (det_tensor_places(&op->out) + TILE_PLACES - 1) / TILE_PLACES;
    const int blas_threads = det_single_blas_thread();
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t i = 0; i < row_tiles * slices; i++) {
        const struct tile tile = tile_at(op, i, slices);
        float *own = (float *)scratch + (size_t)omp_get_thread_num() * patches;
        multiply_tile(op, &tile, patches ? own : NULL);
        finish_tile(op, &tile);
    }
    det_restore_blas_threads(blas_threads);
    return DET_OK;
}
