/* SPDX-License-Identifier: MIT */
/* Pillow's resizing, by the filters of compute/pillow_filter.h.  Each pass is
 * left out when that side does not change. */
#include <string.h>

#include "compute/cpu/resize_cpu.h"
#include "compute/pillow_filter.h"

/* --------------------------------------------------------- horizontal pass */

/* One row of the photo as it is, in the network's channel order. */
static void copy_row(uint8_t *restrict out, const uint8_t *row, int32_t width,
                     const struct det_pixel_reader *reader)
{
    for (int32_t x = 0; x < width; x++, row += reader->layout.step)
        for (int c = 0; c < DET_RGB; c++)
            *out++ = row[reader->layout.offset[c]];
}

/* `step` repeats reader->layout.step, so that each call can have it constant.
 */
static inline void filter_row(uint8_t *restrict out, const uint8_t *row,
                              const struct det_pillow_filter *filter,
                              const struct det_pixel_reader *reader,
                              int32_t step)
{
    const int32_t *weight = filter->weight;
    const int32_t o0 = reader->layout.offset[0], o1 = reader->layout.offset[1];
    const int32_t o2 = reader->layout.offset[2];
    for (int32_t x = 0; x < filter->out; x++, weight += filter->taps) {
        const uint8_t *in = row + (size_t)filter->first[x] * step;
        int32_t s0 = DET_PILLOW_HALF, s1 = s0, s2 = s0;
        for (int32_t i = 0; i < filter->count[x]; i++, in += step) {
            s0 += in[o0] * weight[i];
            s1 += in[o1] * weight[i];
            s2 += in[o2] * weight[i];
        }
        *out++ = det_pillow_clip(s0);
        *out++ = det_pillow_clip(s1);
        *out++ = det_pillow_clip(s2);
    }
}

static void horizontal_row(uint8_t *out, const uint8_t *row,
                           const struct det_pillow_filter *filter,
                           const struct det_pixel_reader *reader)
{
    if (filter->in == filter->out)
        copy_row(out, row, filter->out, reader);
    else if (reader->layout.step == 3)
        filter_row(out, row, filter, reader, 3);
    else if (reader->layout.step == 4)
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
                           size_t count, int32_t y,
                           const struct det_pillow_filter *filter)
{
    const int32_t *weight = filter->weight + (size_t)y * filter->taps;
    const uint8_t *row = rows + (size_t)filter->first[y] * width;
    int32_t sums[CHUNK];
    for (size_t i = 0; i < count; i++)
        sums[i] = DET_PILLOW_HALF;
    for (int32_t k = 0; k < filter->count[y]; k++, row += width)
        add_weighted(sums, row, weight[k], count);
    for (size_t i = 0; i < count; i++)
        out[i] = det_pillow_clip(sums[i]);
}

/* One row of the network's input. */
static void vertical_row(float *out, const uint8_t *rows, size_t width,
                         int32_t y, const struct det_pillow_filter *filter,
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

static void fill(const struct det_pillow_filter *filter)
{
    for (int32_t i = 0; i < filter->out; i++)
        det_pillow_fill(filter, i);
}

void det_resize_pillow_cpu(int threads, const struct det_resize *op,
                           void *scratch)
{
    const det_pixels *in = &op->pixels;
    struct det_pixel_reader reader;
    const struct det_pillow_passes passes = det_pillow_passes_in(scratch, op);
    const size_t width = (size_t)op->resized_w * DET_RGB;
    det_pixel_reader_init(&reader, op);
    fill(&passes.across);
    fill(&passes.down);
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < in->height; y++)
        horizontal_row(passes.rows + (size_t)y * width,
                       in->data + (size_t)y * in->stride, &passes.across,
                       &reader);
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < op->resized_h; y++)
        vertical_row(op->out.data + (size_t)y * op->out.w * DET_RGB,
                     passes.rows, width, y, &passes.down, &reader);
}
