/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_padded_cpu.h"

#include <string.h>

struct det_conv2d_padded det_conv2d_padded_of(const struct det_conv2d *op)
{
    const struct det_conv_shape *s = &op->shape;
    return (struct det_conv2d_padded){
        .h = (op->out.h - 1) * s->stride + (s->kernel_h - 1) * s->dilation + 1,
        .w = (op->out.w - 1) * s->stride + (s->kernel_w - 1) * s->dilation + 1};
}

size_t det_conv2d_padded_count(const struct det_conv2d *op)
{
    const struct det_conv2d_padded p = det_conv2d_padded_of(op);
    return (size_t)op->in.n * (size_t)p.h * (size_t)p.w * (size_t)op->in.c;
}

/* Columns [first, end) of a padded row lie in the map. */
static void pad_row(float *out, const float *in, int32_t first, int32_t end,
                    int32_t width, int32_t c)
{
    const size_t place = (size_t)c * sizeof *out;
    memset(out, 0, (size_t)first * place);
    memcpy(out + (int64_t)first * c, in, (size_t)(end - first) * place);
    memset(out + (int64_t)end * c, 0, (size_t)(width - end) * place);
}

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

void det_conv2d_pad(int threads, const struct det_conv2d_padded *padded,
                    const struct det_conv2d *op)
{
    const struct det_tensor *in = &op->in;
    const int32_t top = op->shape.pad, left = top + op->more_pad_left;
    const int32_t first = clamp(left, 0, padded->w);
    const int32_t end = clamp(left + in->w, first, padded->w);
    const int64_t rows = (int64_t)in->n * padded->h;
#pragma omp parallel for num_threads(threads)
    for (int64_t row = 0; row < rows; row++) {
        const int64_t y = row % padded->h - top, n = row / padded->h;
        float *out = padded->data + row * padded->w * in->c;
        if (y < 0 || y >= in->h)
            memset(out, 0, (size_t)padded->w * (size_t)in->c * sizeof *out);
        else
            pad_row(out,
                    in->data + ((n * in->h + y) * in->w + first - left) * in->c,
                    first, end, padded->w, in->c);
    }
}
