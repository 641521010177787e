/* SPDX-License-Identifier: MIT */
#include "datasets/shape_raster.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* The pixels that the outline may touch. */
static struct det_coverage bounds_of(const struct det_outline *o, int32_t width,
                                     int32_t height)
{
    double x1 = width, y1 = height, x2 = 0.0, y2 = 0.0;
    const int32_t points = o->contours ? o->ends[o->contours - 1] : 0;
    for (int32_t i = 0; i < points; i++) {
        x1 = fmin(x1, o->xy[i][0]);
        y1 = fmin(y1, o->xy[i][1]);
        x2 = fmax(x2, o->xy[i][0]);
        y2 = fmax(y2, o->xy[i][1]);
    }
    const int32_t left = (int32_t)floor(fmax(x1, 0.0));
    const int32_t top = (int32_t)floor(fmax(y1, 0.0));
    const int32_t right = (int32_t)ceil(fmin(x2, width));
    const int32_t bottom = (int32_t)ceil(fmin(y2, height));
    return (struct det_coverage){.x = left,
                                 .y = top,
                                 .w = right > left ? right - left : 0,
                                 .h = bottom > top ? bottom - top : 0};
}

/* Where the outline crosses a line, from left to right; their count. */
static int crossings_of(double out[DET_OUTLINE_POINTS],
                        const struct det_outline *o, double y)
{
    int count = 0;
    for (int32_t c = 0, first = 0; c < o->contours; first = o->ends[c++])
        for (int32_t i = first; i < o->ends[c]; i++) {
            const double *a = o->xy[i];
            const double *b = o->xy[i + 1 < o->ends[c] ? i + 1 : first];
            if ((a[1] <= y) == (b[1] <= y))
                continue;
            const double x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            int at = count++;
            for (; at > 0 && out[at - 1] > x; at--)
                out[at] = out[at - 1];
            out[at] = x;
        }
    return count;
}

/* Add the part of each pixel that lies in [from, to). */
static void add_span(const struct det_coverage *c, float *row, double from,
                     double to)
{
    const float weight = 1.0f / DET_COVERAGE_ROWS;
    from = fmax(from - c->x, 0.0);
    to = fmin(to - c->x, c->w);
    for (int32_t x = (int32_t)from; x < c->w && x < to; x++) {
        const double part = fmin(to, x + 1) - fmax(from, x);
        row[x] += weight * (float)fmax(part, 0.0);
    }
}

static void add_line(const struct det_coverage *c, const struct det_outline *o,
                     int32_t row, int sub)
{
    double crossings[DET_OUTLINE_POINTS];
    const double y = c->y + row + (sub + 0.5) / DET_COVERAGE_ROWS;
    const int count = crossings_of(crossings, o, y);
    for (int i = 0; i + 1 < count; i += 2)
        add_span(c, c->part + (int64_t)row * c->w, crossings[i],
                 crossings[i + 1]);
}

det_status det_outline_coverage(struct det_coverage *out,
                                const struct det_outline *outline,
                                int32_t width, int32_t height,
                                struct det_message *message)
{
    struct det_coverage c = bounds_of(outline, width, height);
    *out = (struct det_coverage){0};
    DET_TRY(det_allocate(&c.part, (size_t)c.w * (size_t)c.h + 1, sizeof *c.part,
                         message));
    for (int32_t row = 0; row < c.h; row++)
        for (int sub = 0; sub < DET_COVERAGE_ROWS; sub++)
            add_line(&c, outline, row, sub);
    *out = c;
    return DET_OK;
}

void det_coverage_destroy(struct det_coverage *coverage)
{
    free(coverage->part);
    *coverage = (struct det_coverage){0};
}
