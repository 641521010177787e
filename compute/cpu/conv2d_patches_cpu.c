/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_patches_cpu.h"

#include <string.h>

#include "compute/cpu/clones_cpu.h"

/* Where a place's kernel lies in the input; it may hang over. */
struct window {
    int64_t image;
    int32_t top, left;
};

/* The channels at one kernel place; NULL in the padding.  `rs` is the kernel
 * place, of `area`. */
static inline __attribute__((always_inline)) void
fill_kernel_place(float *patch, const float *place, int32_t rs, int32_t area,
                  int32_t channels)
{
    enum { BYTES = DET_CONV_GROUP * sizeof(float) };
    const int32_t whole = channels / DET_CONV_GROUP;
    const int32_t rest = channels % DET_CONV_GROUP;
    float *group = patch + rs * DET_CONV_GROUP;
    for (int32_t g = 0; g < whole; g++, group += area * DET_CONV_GROUP)
        if (place)
            memcpy(group, place + g * DET_CONV_GROUP, BYTES);
        else
            memset(group, 0, BYTES);
    if (rest == 0)
        return;
    float *last = patch + (whole * DET_CONV_GROUP * area + rs * rest);
    for (int32_t c = 0; c < rest; c++)
        last[c] = place ? place[whole * DET_CONV_GROUP + c] : 0.0f;
}

static inline __attribute__((always_inline)) void
fill_inside(float *patch, const struct det_conv2d_patches *p,
            const float *corner)
{
    const struct det_conv_shape *s = &p->op->shape;
    const int64_t step = (int64_t)s->dilation * p->op->in.c;
    const int64_t row = step * p->op->in.w;
    const int32_t area = s->kernel_h * s->kernel_w;
    int32_t rs = 0;
    for (int32_t r = 0; r < s->kernel_h; r++)
        for (int32_t q = 0; q < s->kernel_w; q++, rs++)
            fill_kernel_place(patch, corner + r * row + q * step, rs, area,
                              p->channels);
}

static void fill_at_border(float *patch, const struct det_conv2d_patches *p,
                           const struct window *window)
{
    const struct det_conv_shape *s = &p->op->shape;
    const struct det_tensor *in = &p->op->in;
    const int32_t area = s->kernel_h * s->kernel_w;
    int32_t rs = 0;
    for (int32_t r = 0; r < s->kernel_h; r++)
        for (int32_t q = 0; q < s->kernel_w; q++, rs++) {
            const int32_t y = window->top + r * s->dilation;
            const int32_t x = window->left + q * s->dilation;
            const bool inside = y >= 0 && y < in->h && x >= 0 && x < in->w;
            const float *place =
                inside ? in->data +
                             ((window->image * in->h + y) * in->w + x) * in->c +
                             p->first_channel
                       : NULL;
            fill_kernel_place(patch, place, rs, area, p->channels);
        }
}

/* Few channels, all of them: a kernel row is one run of memory. */
static inline __attribute__((always_inline)) void
copy_rows(float *patch, const struct det_conv2d_patches *p, const float *corner)
{
    const struct det_conv_shape *s = &p->op->shape;
    const int32_t run = s->kernel_w * p->op->in.c;
    for (int32_t r = 0; r < s->kernel_h; r++)
        for (int32_t i = 0; i < run; i++)
            patch[r * run + i] =
                corner[(int64_t)r * p->op->in.w * p->op->in.c + i];
}

static bool rows_are_runs(const struct det_conv2d_patches *p)
{
    return p->channels == p->op->in.c && p->channels < DET_CONV_GROUP &&
           p->op->shape.dilation == 1;
}

static inline bool is_inside(const struct det_conv2d *op,
                             const struct window *window)
{
    const struct det_conv_shape *s = &op->shape;
    return window->top >= 0 && window->left >= 0 &&
           window->top + s->dilation * (s->kernel_h - 1) < op->in.h &&
           window->left + s->dilation * (s->kernel_w - 1) < op->in.w;
}

DET_CPU_CLONES
static void fill(float *patches, const struct det_conv2d_patches *p)
{
    const struct det_conv_shape *s = &p->op->shape;
    const struct det_tensor *in = &p->op->in, *out = &p->op->out;
    const int64_t size = (int64_t)s->kernel_h * s->kernel_w * p->channels;
    const bool runs = rows_are_runs(p);
    int32_t x = (int32_t)(p->first_place % out->w);
    int32_t y = (int32_t)(p->first_place / out->w % out->h);
    struct window window = {.image = p->first_place / out->w / out->h};
    for (int64_t i = 0; i < p->places; i++, patches += size) {
        window.top = y * s->stride - s->pad;
        window.left = x * s->stride - s->pad - p->op->more_pad_left;
        if (is_inside(p->op, &window)) {
            const float *corner =
                in->data +
                ((window.image * in->h + window.top) * in->w + window.left) *
                    in->c +
                p->first_channel;
            if (runs)
                copy_rows(patches, p, corner);
            else
                fill_inside(patches, p, corner);
        } else {
            fill_at_border(patches, p, &window);
        }
        if (++x == out->w) {
            x = 0;
            y = y + 1 < out->h ? y + 1 : 0;
            window.image += y == 0;
        }
    }
}

void det_conv2d_fill_patches(float *patches,
                             const struct det_conv2d_patches *which)
{
    fill(patches, which);
}
