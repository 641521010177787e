/* SPDX-License-Identifier: MIT */
#include "compute/cpu/resize_cpu.h"

#include <string.h>

#include "compute/cpu/ops_cpu.h"

void det_pixel_reader_init(struct det_pixel_reader *reader,
                           const struct det_resize *op)
{
    static const struct {
        int32_t step, red, green, blue; /* bytes */
    } formats[] = {
        [DET_PIXEL_RGB8] = {3, 0, 1, 2},
        [DET_PIXEL_BGR8] = {3, 2, 1, 0},
        [DET_PIXEL_GRAY8] = {1, 0, 0, 0},
        [DET_PIXEL_RGBA8] = {4, 0, 1, 2},
    };
    const det_pixel_format format = op->pixels.format;
    reader->step = formats[format].step;
    reader->offset[0] = formats[format].red;
    reader->offset[1] = formats[format].green;
    reader->offset[2] = formats[format].blue;
    if (op->bgr) {
        reader->offset[0] = formats[format].blue;
        reader->offset[2] = formats[format].red;
    }
    for (int c = 0; c < DET_RGB; c++)
        for (int v = 0; v < 256; v++)
            reader->value[c][v] =
                ((float)v / op->unit - op->mean[c]) / op->std[c];
}

/* ----------------------------------------------- bilinear, one tile a time */

enum {
    TILE_ROWS = 32,     /* of the output */
    TILE_COLUMNS = 256, /* two rows of them stay on the stack */
    NO_ROW = -1
};

/* Source rows of a tile, resized along x.  Enlarging uses each of them for
 * more than one output row. */
struct strip {
    int32_t x0, columns; /* of the output */
    int32_t source[2];   /* which source row each slot holds, or NO_ROW */
    float value[2][TILE_COLUMNS * DET_RGB];
};

struct plan {
    const struct det_resize *op;
    struct det_pixel_reader reader;
    struct det_resize_tap *columns; /* [resized_w] */
    det_resize_tap_fn tap_at;
};

static void resize_along_x(float *restrict out, const struct plan *plan,
                           const struct strip *strip, const uint8_t *row)
{
    const struct det_pixel_reader *reader = &plan->reader;
    const struct det_resize_tap *tap = plan->columns + strip->x0;
    for (int32_t x = 0; x < strip->columns; x++, tap++, out += DET_RGB) {
        const uint8_t *a = row + (size_t)tap->first * reader->step;
        const uint8_t *b = row + (size_t)tap->second * reader->step;
        const float right = tap->weight, left = 1.0f - right;
        for (int c = 0; c < DET_RGB; c++)
            out[c] = left * reader->value[c][a[reader->offset[c]]] +
                     right * reader->value[c][b[reader->offset[c]]];
    }
}

/* Source row `y` resized along x; `keep` is the source row that must stay in
 * the other slot. */
static const float *strip_row(struct strip *strip, const struct plan *plan,
                              int32_t y, int32_t keep)
{
    const det_pixels *in = &plan->op->pixels;
    for (int slot = 0; slot < 2; slot++)
        if (strip->source[slot] == y)
            return strip->value[slot];
    const int slot = strip->source[0] == keep ? 1 : 0;
    resize_along_x(strip->value[slot], plan, strip,
                   in->data + (size_t)y * in->stride);
    strip->source[slot] = y;
    return strip->value[slot];
}

static void mix_rows(float *restrict out, const float *restrict upper,
                     const float *restrict lower, float weight, int32_t count)
{
    const float rest = 1.0f - weight;
    for (int32_t i = 0; i < count; i++)
        out[i] = rest * upper[i] + weight * lower[i];
}

static void resize_strip(const struct plan *plan, struct strip *strip,
                         int32_t y0, int32_t y1)
{
    const struct det_resize *op = plan->op;
    strip->source[0] = strip->source[1] = NO_ROW;
    for (int32_t y = y0; y < y1; y++) {
        const struct det_resize_tap tap =
            plan->tap_at(y, op->pixels.height, op->resized_h);
        const float *upper = strip_row(strip, plan, tap.first, tap.second);
        const float *lower = strip_row(strip, plan, tap.second, tap.first);
        float *out = op->out.data +
                     ((size_t)y * op->out.w + (size_t)strip->x0) * DET_RGB;
        mix_rows(out, upper, lower, tap.weight, strip->columns * DET_RGB);
    }
}

size_t det_resize_linear_scratch(const struct det_resize *op)
{
    return (size_t)op->resized_w * sizeof(struct det_resize_tap);
}

void det_resize_linear(int threads, const struct det_resize *op,
                       det_resize_tap_fn tap_at, void *scratch)
{
    struct plan plan = {.op = op, .columns = scratch, .tap_at = tap_at};
    det_pixel_reader_init(&plan.reader, op);
    for (int32_t x = 0; x < op->resized_w; x++)
        plan.columns[x] = tap_at(x, op->pixels.width, op->resized_w);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int32_t y0 = 0; y0 < op->resized_h; y0 += TILE_ROWS) {
        const int32_t rows = op->resized_h - y0;
        for (int32_t x0 = 0; x0 < op->resized_w; x0 += TILE_COLUMNS) {
            const int32_t columns = op->resized_w - x0;
            struct strip strip;
            strip.x0 = x0;
            strip.columns = columns < TILE_COLUMNS ? columns : TILE_COLUMNS;
            resize_strip(&plan, &strip, y0,
                         y0 + (rows < TILE_ROWS ? rows : TILE_ROWS));
        }
    }
}

/* --------------------------------------------------------------- the slots */

size_t det_resize_scratch_cpu(const struct det_resize *op)
{
    return op->kind == DET_RESIZE_PILLOW ? det_resize_pillow_scratch(op)
                                         : det_resize_linear_scratch(op);
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

det_status det_resize_cpu(struct det_compute *compute,
                          const struct det_resize *op, void *scratch)
{
    switch (op->kind) {
    case DET_RESIZE_TORCH:
        det_resize_torch_cpu(compute->threads, op, scratch);
        break;
    case DET_RESIZE_PILLOW:
        det_resize_pillow_cpu(compute->threads, op, scratch);
        break;
    case DET_RESIZE_OPENCV:
        det_resize_opencv_cpu(compute->threads, op, scratch);
        break;
    }
    pad(op);
    return DET_OK;
}
