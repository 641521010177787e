/* SPDX-License-Identifier: MIT */
/*
 * The gradient of a convolution's weights: patches, transposed, times the
 * output's gradient.  Each thread takes every so many-th tile of places and
 * adds to a sum of its own; the sums are added up in the threads' order, so
 * that the same number of threads gives the same bits.
 *
 * Where many small maps have few channels, patches are not made: the maps are
 * copied once with their padding, and a row of the kernel is a run of memory
 * beside each place.
 */
#include <omp.h>
#include <string.h>

#include "compute/cpu/conv2d_backward_cpu.h"
#include "compute/cpu/conv2d_band_cpu.h"
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/conv2d_patches_cpu.h"
#include "compute/cpu/gemm_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum {
    PATCH_FLOATS = 120 * 288, /* of a tile: half a second-level cache */
    BLOCK_DEPTH = 288,
    MOST_PLACES = 1024,
    ROW_PLACES = 128, /* whose inputs stay in the first-level cache */
    MANY_MAPS = 8,
    FEW_OUTPUTS = 64
};

/* How the work is cut: blocks of input channels, tiles of places; or, where
 * it is done without patches, whole images. */
struct plan {
    bool by_rows;              /* without patches */
    int32_t channels, columns; /* of one group: input, output */
    int32_t area;
    int32_t block; /* input channels at a time */
    int64_t places, tile;
    size_t sum;     /* floats of one thread's sum: [depth, K] */
    size_t patches; /* floats of its patches, or of an image with its padding */
};

static bool is_direct(const struct det_conv_shape *s)
{
    return s->kernel_h == 1 && s->kernel_w == 1 && s->stride == 1 &&
           s->pad == 0;
}

/* Many small maps with few channels, whose kernel rows are runs of memory. */
static bool works_by_rows(const struct det_conv_backward *op)
{
    const struct det_conv_shape *s = &op->shape;
    return s->groups == 1 && s->dilation == 1 && s->kernel_w > 1 &&
           op->in.n >= MANY_MAPS && s->out_channels <= FEW_OUTPUTS &&
           s->out_channels % DET_PANEL == 0;
}

static struct det_conv2d convolution_of(const struct det_conv_backward *op)
{
    return (struct det_conv2d){
        .shape = op->shape, .in = op->in, .out = op->gradient};
}

static struct det_place_box image_box(const struct det_conv_backward *op,
                                      int64_t n)
{
    return (struct det_place_box){.image = n,
                                  .images = 1,
                                  .rows = op->gradient.h,
                                  .columns = op->gradient.w};
}

static size_t padded_image(const struct det_conv_backward *op)
{
    const struct det_conv2d conv = convolution_of(op);
    const struct det_place_box box = image_box(op, 0);
    return (size_t)det_conv2d_band_count(&conv, &box, op->in.c);
}

static struct plan make_plan(const struct det_conv_backward *op)
{
    const struct det_conv_shape *s = &op->shape;
    struct plan p = {.channels = s->in_channels / s->groups,
                     .columns = s->out_channels / s->groups,
                     .area = s->kernel_h * s->kernel_w,
                     .places = det_tensor_places(&op->gradient)};
    const int32_t groups = BLOCK_DEPTH / p.area / DET_CONV_GROUP;
    p.block = groups > 0 ? groups * DET_CONV_GROUP : DET_CONV_GROUP;
    if (p.block > p.channels)
        p.block = p.channels;
    p.tile = PATCH_FLOATS / (p.block * p.area);
    p.tile = p.tile < MOST_PLACES ? p.tile : MOST_PLACES;
    p.sum = (size_t)p.channels * (size_t)p.area * (size_t)s->out_channels;
    p.sum = (p.sum + 15) & ~(size_t)15;
    p.by_rows = works_by_rows(op);
    if (!is_direct(s))
        p.patches = (size_t)p.tile * (size_t)(p.block * p.area);
    /* Not less than with fewer images, which go by tiles. */
    const size_t image = p.by_rows ? padded_image(op) : 0;
    p.patches = image > p.patches ? image : p.patches;
    p.patches = (p.patches + 15) & ~(size_t)15;
    return p;
}

size_t det_conv2d_weight_gradient_scratch(const struct det_conv_backward *op,
                                          int threads)
{
    const struct plan plan = make_plan(op);
    return (size_t)threads * (plan.sum + plan.patches) * sizeof(float);
}

/* ------------------------------------------------------------------- a tile */

/* One thread's memory. */
struct room {
    float *sum; /* [groups, depth in the order of patches, columns] */
    float *patches;
};

static void add_block(const struct det_conv_backward *op,
                      const struct plan *plan, const struct room *room,
                      int64_t first_place, int32_t group, int32_t first)
{
    const int64_t rest = plan->places - first_place;
    const int64_t places = rest < plan->tile ? rest : plan->tile;
    const int32_t left = plan->channels - first;
    const int32_t channels = left < plan->block ? left : plan->block;
    const int64_t depth = (int64_t)channels * plan->area;
    const struct det_conv2d conv = convolution_of(op);
    const struct det_conv2d_patches which = {.op = &conv,
                                             .first_place = first_place,
                                             .places = places,
                                             .first_channel =
                                                 group * plan->channels + first,
                                             .channels = channels};
    const bool direct = is_direct(&op->shape);
    if (!direct)
        det_conv2d_fill_patches(room->patches, &which);
    det_gemm_cpu(&(struct det_gemm){
        .out = room->sum + ((int64_t)group * plan->channels + first) *
                               plan->area * plan->columns,
        .a = direct ? op->in.data + first_place * op->in.c + which.first_channel
                    : room->patches,
        .b = op->gradient.data + first_place * op->gradient.c +
             group * plan->columns,
        .rows = depth,
        .columns = plan->columns,
        .depth = places,
        .out_stride = plan->columns,
        .a_stride = direct ? op->in.c : depth,
        .b_stride = op->gradient.c,
        .a_transposed = true,
        .add = true});
}

/* Tiles share, share + shares, ... */
static void add_tiles(const struct det_conv_backward *op,
                      const struct plan *plan, const struct room *room,
                      int share, int shares)
{
    const int64_t tiles = (plan->places + plan->tile - 1) / plan->tile;
    memset(room->sum, 0, plan->sum * sizeof(float));
    for (int64_t t = share; t < tiles; t += shares)
        for (int32_t g = 0; g < op->shape.groups; g++)
            for (int32_t c = 0; c < plan->channels; c += plan->block)
                add_block(op, plan, room, t * plan->tile, g, c);
}

/* ------------------------------------------------------------ without patches
 */

/* One image: sums [R, S * C, K] += rows of the padded map * the gradient. */
static void add_image(const struct det_conv_backward *op,
                      const struct room *room, int64_t n)
{
    const struct det_conv_shape *s = &op->shape;
    const struct det_tensor *g = &op->gradient;
    const int64_t c = s->in_channels;
    const struct det_conv2d conv = convolution_of(op);
    const struct det_place_box box = image_box(op, n);
    const struct det_conv2d_band map =
        det_conv2d_copy_band(&conv, &box, c, room->patches);
    const float *gradient = g->data + n * det_tensor_stride(g);
    const int32_t step = ROW_PLACES / g->w > 1 ? ROW_PLACES / g->w : 1;
    for (int32_t y = 0; y < g->h; y += step)
        for (int32_t r = 0; r < s->kernel_h; r++)
            det_conv2d_products(&(struct det_conv2d_products){
                .sums = room->sum + r * s->kernel_w * c * g->c,
                .in = map.data + ((int64_t)y * s->stride + r) * map.row,
                .gradient = gradient + (int64_t)y * g->w * g->c,
                .rows = g->h - y < step ? g->h - y : step,
                .places = g->w,
                .depth = s->kernel_w * c,
                .columns = g->c,
                .in_row = s->stride * map.row,
                .in_stride = s->stride * c,
                .gradient_row = (int64_t)g->w * g->c,
                .gradient_stride = g->c});
}

/* Images share, share + shares, ... */
static void add_images(const struct det_conv_backward *op,
                       const struct plan *plan, const struct room *room,
                       int share, int shares)
{
    memset(room->sum, 0, plan->sum * sizeof(float));
    for (int32_t n = share; n < op->in.n; n += shares)
        add_image(op, room, n);
}

/* --------------------------------------------------------------- adding up */

/* One output channel's weights, [C, R * S], from all threads' sums. */
static void add_up(const struct det_conv_backward *op, const struct plan *plan,
                   const float *sums, int shares, int32_t k)
{
    const int32_t group = k / plan->columns, column = k % plan->columns;
    const int64_t stride = (int64_t)(plan->sum + plan->patches);
    float *out = op->weight_gradient + (int64_t)k * plan->channels * plan->area;
    const float *from =
        sums + (int64_t)group * plan->channels * plan->area * plan->columns +
        column;
    /* By rows, all channels are together. */
    const int32_t together = plan->by_rows ? plan->channels : DET_CONV_GROUP;
    for (int32_t first = 0; first < plan->channels; first += together) {
        const int32_t rest = plan->channels - first;
        const int32_t width = rest < together ? rest : together;
        for (int32_t rs = 0; rs < plan->area; rs++)
            for (int32_t c = 0; c < width; c++, from += plan->columns) {
                float sum = from[0];
                for (int i = 1; i < shares; i++)
                    sum += from[i * stride];
                out[(int64_t)(first + c) * plan->area + rs] += sum;
            }
    }
}

void det_conv2d_weight_gradient(struct det_compute *compute,
                                const struct det_conv_backward *op,
                                void *scratch)
{
    const struct plan plan = make_plan(op);
    const int shares = compute->threads;
    float *sums = scratch;
    const int blas_threads = det_single_blas_thread();
#pragma omp parallel for schedule(static, 1) num_threads(shares)
    for (int i = 0; i < shares; i++) {
        float *own = sums + (size_t)i * (plan.sum + plan.patches);
        const struct room room = {own, own + plan.sum};
        if (plan.by_rows)
            add_images(op, &plan, &room, i, shares);
        else
            add_tiles(op, &plan, &room, i, shares);
    }
#pragma omp parallel for schedule(static) num_threads(shares)
    for (int32_t k = 0; k < op->shape.out_channels; k++)
        add_up(op, &plan, sums, shares, k);
    det_restore_blas_threads(blas_threads);
}
