/* SPDX-License-Identifier: MIT */
#include "compute/cpu/resize_cpu.h"

#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/pillow_filter.h"

void det_pixel_reader_init(struct det_pixel_reader *reader,
                           const struct det_resize *op)
{
    reader->layout = det_pixel_layout_of(op);
    for (int c = 0; c < DET_RGB; c++)
        for (int v = 0; v < 256; v++)
            reader->value[c][v] = det_pixel_value(op, c, v);
}

/* ----------------------------------------------------------------- bilinear */

static void resize_bilinear(int threads, const struct det_resize *op,
                            const struct det_resize_rule *rule, void *scratch)
{
    const det_pixels *in = &op->pixels;
    struct det_resize_tap *taps = scratch; /* [resized_w] */
    struct det_pixel_reader reader;
    det_pixel_reader_init(&reader, op);
    for (int32_t x = 0; x < op->resized_w; x++)
        taps[x] = rule->tap_at(x, in->width, op->resized_w, op->factor);
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < op->resized_h; y++) {
        const struct det_resize_tap tap =
            rule->tap_at(y, in->height, op->resized_h, op->factor);
        const struct det_resize_rows rows = {
            in->data + (size_t)tap.first * in->stride,
            in->data + (size_t)tap.second * in->stride, tap.weight};
        rule->resize_row(op->out.data + (size_t)y * op->out.w * DET_RGB,
                         &reader, &rows, taps, op->resized_w);
    }
}

/* --------------------------------------------------------------- the slots */

size_t det_resize_scratch_cpu(const struct det_resize *op)
{
    return op->kind == DET_RESIZE_PILLOW
               ? det_pillow_scratch(op)
               : (size_t)op->resized_w * sizeof(struct det_resize_tap);
}

/* Zeros right of and below the photo: the mean colour. */
static void pad(const struct det_resize *op)
{
    const struct det_tensor *out = &op->out;
    const size_t row = (size_t)out->w * DET_RGB;
    const size_t used = (size_t)op->resized_w * DET_RGB;
    for (int32_t y = 0; y < op->resized_h; y++)
        memset(out->data + (size_t)y * row + used, 0,
               (row - used) * sizeof(float));
    memset(out->data + (size_t)op->resized_h * row, 0,
           (size_t)(out->h - op->resized_h) * row * sizeof(float));
}

static void swap_places(float *restrict a, float *restrict b)
{
    for (int c = 0; c < DET_RGB; c++) {
        const float kept = a[c];
        a[c] = b[c];
        b[c] = kept;
    }
}

static void mirror(int threads, const struct det_resize *op)
{
    const size_t row = (size_t)op->out.w * DET_RGB;
#pragma omp parallel for num_threads(threads)
    for (int32_t y = 0; y < op->resized_h; y++) {
        float *first = op->out.data + (size_t)y * row;
        float *last = first + (size_t)(op->resized_w - 1) * DET_RGB;
        for (; first < last; first += DET_RGB, last -= DET_RGB)
            swap_places(first, last);
    }
}

det_status det_resize_cpu(struct det_compute *compute,
                          const struct det_resize *op, void *scratch)
{
    switch (op->kind) {
    case DET_RESIZE_TORCH:
        resize_bilinear(compute->threads, op, &det_resize_torch, scratch);
        break;
    case DET_RESIZE_PILLOW:
        det_resize_pillow_cpu(compute->threads, op, scratch);
        break;
    case DET_RESIZE_OPENCV:
        resize_bilinear(compute->threads, op, &det_resize_opencv, scratch);
        break;
    }
    if (op->mirrored)
        mirror(compute->threads, op);
    pad(op);
    return DET_OK;
}
