/* SPDX-License-Identifier: MIT */
/*
 * Pillow's BILINEAR on bytes (libImaging/Resample.c): a triangle filter as
 * wide as the reduction, fixed-point weights of 22 bits, the horizontal pass
 * first and stored as bytes, then the vertical one.  A pass is left out when
 * that side does not change.  Bit-exact.
 */
#include <math.h>
#include <string.h>

#include "compute/cpu/resize_cpu.h"

/* The largest sum is 2 * 255 << 22, when every weight was rounded up from
 * 0.5: it fits. */
enum { PRECISION_BITS = 32 - 8 - 2, HALF = 1 << (PRECISION_BITS - 1) };

/* The filter of one axis: output index i takes count[i] source places from
 * first[i] on, by the weights weight[i * taps]... */
struct filter {
    int32_t in, out;
    size_t taps;     /* room for each output index */
    int32_t *first;  /* [out] */
    int32_t *count;  /* [out] */
    int32_t *weight; /* [out, taps] */
};

static double filter_scale(int32_t in, int32_t out)
{
    const double scale = (double)in / out;
    return scale < 1.0 ? 1.0 : scale;
}

static size_t filter_taps(int32_t in, int32_t out)
{
    return (size_t)ceil(filter_scale(in, out)) * 2 + 1;
}

static size_t filter_count(int32_t in, int32_t out)
{
    return (size_t)out * (filter_taps(in, out) + 2);
}

/* Both filters, then the horizontally resized photo, 3 bytes a pixel. */
size_t det_resize_pillow_scratch(const struct det_resize *op)
{
    const det_pixels *in = &op->pixels;
    const size_t filters = filter_count(in->width, op->resized_w) +
                           filter_count(in->height, op->resized_h);
    return filters * sizeof(int32_t) +
           (size_t)op->resized_w * (size_t)in->height * DET_RGB;
}

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* The order of operations is Pillow's: the last bit decides a rounding. */
static void fill_taps(const struct filter *filter, int32_t index)
{
    const double ratio = (double)filter->in / filter->out;
    const double scale = filter_scale(filter->in, filter->out);
    const double centre = (index + 0.5) * ratio;
    int32_t begin = (int32_t)(centre - scale + 0.5);
    int32_t end = (int32_t)fmin(centre + scale + 0.5, filter->in);
    begin = begin < 0 ? 0 : begin;
    double sum = 0.0;
    for (int32_t i = begin; i < end; i++)
        sum += triangle((i - centre + 0.5) * (1.0 / scale));
    int32_t *weight = filter->weight + (size_t)index * filter->taps;
    for (int32_t i = begin; i < end; i++) {
        const double share = triangle((i - centre + 0.5) * (1.0 / scale)) / sum;
        weight[i - begin] = (int32_t)(0.5 + share * (1 << PRECISION_BITS));
    }
    filter->first[index] = begin;
    filter->count[index] = end - begin;
}

/* Build a filter in `memory`; returns what lies behind it. */
static int32_t *make_filter(struct filter *filter, int32_t in, int32_t out,
                            int32_t *memory)
{
    *filter = (struct filter){.in = in,
                              .out = out,
                              .taps = filter_taps(in, out),
                              .first = memory,
                              .count = memory + out,
                              .weight = memory + 2 * (size_t)out};
    for (int32_t i = 0; i < out; i++)
        fill_taps(filter, i);
    return memory + filter_count(in, out);
}

static inline uint8_t clip8(int32_t sum)
{
    const int32_t value = sum >> PRECISION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* --------------------------------------------------------- horizontal pass */

/* One row of the photo as it is, in the network's channel order. */
static void copy_row(uint8_t *restrict out, const uint8_t *row, int32_t width,
                     const struct det_pixel_reader *reader)
{
    for (int32_t x = 0; x < width; x++, row += reader->step)
        for (int c = 0; c < DET_RGB; c++)
            *out++ = row[reader->offset[c]];
}

/* `step` repeats reader->step, so that each call can have it constant. */
static inline void filter_row(uint8_t *restrict out, const uint8_t *row,
                              const struct filter *filter,
                              const struct det_pixel_reader *reader,
                              int32_t step)
{
    const int32_t *weight = filter->weight;
    const int32_t o0 = reader->offset[0], o1 = reader->offset[1];
    const int32_t o2 = reader->offset[2];
    for (int32_t x = 0; x < filter->out; x++, weight += filter->taps) {
        const uint8_t *in = row + (size_t)filter->first[x] * step;
        int32_t s0 = HALF, s1 = HALF, s2 = HALF;
        for (int32_t i = 0; i < filter->count[x]; i++, in += step) {
            s0 += in[o0] * weight[i];
            s1 += in[o1] * weight[i];
            s2 += in[o2] * weight[i];
        }
        *out++ = clip8(s0);
        *out++ = clip8(s1);
        *out++ = clip8(s2);
    }
}

static void horizontal_row(uint8_t *out, const uint8_t *row,
                           const struct filter *filter,
                           const struct det_pixel_reader *reader)
{
    if (filter->in == filter->out)
        copy_row(out, row, filter->out, reader);
    else if (reader->step == 3)
        filter_row(out, row, filter, reader, 3);
    else if (reader->step == 4)
        filter_row(out, row, filter, reader, 4);
    else
        filter_row(out, row, filter, reader, 1);
}

/* ----------------------------------------------------------- vertical pass */

enum { CHUNK = 64 * DET_RGB }; /* sums that stay in registers and cache */

static void add_weighted(int32_t *restrict sums, const uint8_t *restrict row,
                         int32_t weight, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += row[i] * weight;
}

/* `count` bytes of output row y, from the rows at `rows`, `width` bytes
 * apart. */
static void vertical_chunk(uint8_t *out, const uint8_t *rows, size_t width,
                           size_t count, int32_t y, const struct filter *filter)
{
    const int32_t *weight = filter->weight + (size_t)y * filter->taps;
    const uint8_t *row = rows + (size_t)filter->first[y] * width;
    int32_t sums[CHUNK];
    for (size_t i = 0; i < count; i++)
        sums[i] = HALF;
    for (int32_t k = 0; k < filter->count[y]; k++, row += width)
        add_weighted(sums, row, weight[k], count);
    for (size_t i = 0; i < count; i++)
        out[i] = clip8(sums[i]);
}

/* One row of the network's input. */
static void vertical_row(float *out, const uint8_t *rows, size_t width,
                         int32_t y, const struct filter *filter,
                         const struct det_pixel_reader *reader)
{
    for (size_t begin = 0; begin < width; begin += CHUNK) {
        const size_t count = width - begin < CHUNK ? width - begin : CHUNK;
        uint8_t bytes[CHUNK];
        if (filter->in == filter->out)
            memcpy(bytes, rows + (size_t)y * width + begin, count);
        else
            vertical_chunk(bytes, rows + begin, width, count, y, filter);
        for (size_t i = 0; i < count; i += DET_RGB)
            for (size_t c = 0; c < DET_RGB; c++)
                *out++ = reader->value[c][bytes[i + c]];
    }
}

void det_resize_pillow_cpu(int threads, const struct det_resize *op,
                           void *scratch)
{
    const det_pixels *in = &op->pixels;
    struct det_pixel_reader reader;
    struct filter across, down;
    det_pixel_reader_init(&reader, op);
    int32_t *rest = make_filter(&across, in->width, op->resized_w, scratch);
    rest = make_filter(&down, in->height, op->resized_h, rest);
    uint8_t *rows = (uint8_t *)rest;
    const size_t width = (size_t)op->resized_w * DET_RGB;
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < in->height; y++)
        horizontal_row(rows + (size_t)y * width,
                       in->data + (size_t)y * in->stride, &across, &reader);
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < op->resized_h; y++)
        vertical_row(op->out.data + (size_t)y * op->out.w * DET_RGB, rows,
                     width, y, &down, &reader);
}
