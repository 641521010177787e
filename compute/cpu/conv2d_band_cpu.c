/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_band_cpu.h"

#include <string.h>

static int32_t covered(int32_t places, int32_t kernel,
                       const struct det_conv_shape *s)
{
    return (places - 1) * s->stride + (kernel - 1) * s->dilation + 1;
}

/* Rows and columns of the map, with its padding, from a corner that may lie
 * outside of it. */
struct region {
    int32_t top, left, h, w;
};

static struct region region_of(const struct det_conv2d *op,
                               const struct det_place_box *box)
{
    const struct det_conv_shape *s = &op->shape;
    return (struct region){.top = box->y * s->stride - s->pad,
                           .left =
                               box->x * s->stride - s->pad - op->more_pad_left,
                           .h = covered(box->rows, s->kernel_h, s),
                           .w = covered(box->columns, s->kernel_w, s)};
}

bool det_conv2d_has_border(const struct det_conv2d *op)
{
    const struct region r = region_of(
        op, &(struct det_place_box){.rows = op->out.h, .columns = op->out.w});
    return r.top < 0 || r.left < 0 || r.top + r.h > op->in.h ||
           r.left + r.w > op->in.w;
}

int64_t det_conv2d_spread(const struct det_conv2d *op)
{
    enum { LINE = 16, SHARED_SETS = 128 /* floats */ };
    return op->in.c % SHARED_SETS == 0 ? op->in.c + LINE : op->in.c;
}

int64_t det_conv2d_band_count(const struct det_conv2d *op,
                              const struct det_place_box *box, int64_t place)
{
    const struct region r = region_of(op, box);
    return (int64_t)box->images * r.h * r.w * place;
}

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static void copy_places(float *out, int64_t stride, const float *in,
                        int32_t places, int32_t channels)
{
    if (stride == channels) {
        memcpy(out, in, (size_t)(places * stride) * sizeof *out);
        return;
    }
    for (int32_t i = 0; i < places; i++)
        memcpy(out + i * stride, in + (int64_t)i * channels,
               (size_t)channels * sizeof *out);
}

/* Row `y` of the map, or zeros where there is none. */
static void copy_row(const struct det_conv2d *op, const struct region *region,
                     int64_t image, int32_t y, int64_t stride, float *out)
{
    const struct det_tensor *in = &op->in;
    const bool inside = y >= 0 && y < in->h;
    const int32_t first = clamp(-region->left, 0, region->w);
    const int32_t end =
        inside ? clamp(in->w - region->left, first, region->w) : first;
    memset(out, 0, (size_t)(first * stride) * sizeof *out);
    if (end > first)
        copy_places(out + first * stride, stride,
                    in->data +
                        ((image * in->h + y) * in->w + region->left + first) *
                            in->c,
                    end - first, in->c);
    memset(out + end * stride, 0,
           (size_t)((region->w - end) * stride) * sizeof *out);
}

struct det_conv2d_band det_conv2d_copy_band(const struct det_conv2d *op,
                                            const struct det_place_box *box,
                                            int64_t place, float *memory)
{
    const struct region region = region_of(op, box);
    const struct det_conv2d_band band = {.data = memory,
                                         .image = region.h * region.w * place,
                                         .row = region.w * place,
                                         .place = place};
    for (int32_t i = 0; i < box->images; i++)
        for (int32_t y = 0; y < region.h; y++)
            copy_row(op, &region, box->image + i, region.top + y, place,
                     memory + i * band.image + y * band.row);
    return band;
}

struct det_conv2d_band det_conv2d_band_in_map(const struct det_conv2d *op,
                                              const struct det_place_box *box)
{
    const struct det_tensor *in = &op->in;
    const struct region region = region_of(op, box);
    const int64_t first =
        (box->image * in->h + region.top) * in->w + region.left;
    return (struct det_conv2d_band){.data = in->data + first * in->c,
                                    .image = (int64_t)in->h * in->w * in->c,
                                    .row = (int64_t)in->w * in->c,
                                    .place = in->c};
}
