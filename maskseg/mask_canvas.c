/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_canvas.h"

#include <math.h>
#include <string.h>

#include "base/smaller.h"
#include "geometry/opencv_tap.h"

/* mv_kernel.cu: no shift, and at the last place no interpolation. */
static struct det_opencv_tap corner_tap(float at, int32_t size)
{
    const int32_t low = det_smaller((int32_t)at, size - 1);
    if (low == size - 1)
        return (struct det_opencv_tap){low, low, 0.0f};
    return (struct det_opencv_tap){low, low + 1, at - (float)low};
}

/* ----------------------------------------------------------------- painting */

/* A voter's mask on the photo. */
struct stamp {
    const float *mask; /* [side, side] */
    int32_t side;
    struct det_box box;
    struct det_pixel_rect rect; /* the pixels that it covers */
    float weight;
};

/* With the last pixel at x2 - 1, as here, the source's are
 * round(x1)..round(x2) and, soft, those from x1 to x2. */
static struct det_pixel_rect pixels_of(const struct det_mask_canvas *canvas,
                                       struct det_box box)
{
    const bool soft = canvas->rule == DET_CANVAS_SOFT;
    const float x1 = soft ? ceilf(box.x1) : rintf(box.x1);
    const float y1 = soft ? ceilf(box.y1) : rintf(box.y1);
    const float x2 = soft ? floorf(box.x2) : rintf(box.x2);
    const float y2 = soft ? floorf(box.y2) : rintf(box.y2);
    return (struct det_pixel_rect){(int32_t)x1, (int32_t)y1, (int32_t)x2,
                                   (int32_t)y2};
}

static struct stamp stamp_of(const struct det_mask_canvas *canvas,
                             const struct det_canvas_votes *votes, int32_t i)
{
    const int64_t voter = votes->voters[i];
    return (struct stamp){.mask =
                              votes->masks + voter * votes->side * votes->side,
                          .side = votes->side,
                          .box = votes->boxes[voter],
                          .rect = pixels_of(canvas, votes->boxes[voter]),
                          .weight = votes->weights[i]};
}

static void add_binary_row(float *sums, const struct stamp *s, int32_t y,
                           float threshold)
{
    const int32_t width = s->rect.x2 - s->rect.x1;
    const struct det_opencv_tap row =
        det_opencv_tap_of(y - s->rect.y1, s->side, s->rect.y2 - s->rect.y1);
    const float *upper = s->mask + row.low * s->side;
    const float *lower = s->mask + row.high * s->side;
    for (int32_t x = 0; x < width; x++) {
        const struct det_opencv_tap t = det_opencv_tap_of(x, s->side, width);
        const float value = det_opencv_blend(
            det_opencv_blend(upper[t.low], upper[t.high], t.weight),
            det_opencv_blend(lower[t.low], lower[t.high], t.weight),
            row.weight);
        sums[s->rect.x1 + x] += value >= threshold ? s->weight : 0.0f;
    }
}

static void add_soft_row(float *sums, const struct stamp *s, int32_t y)
{
    const float ratio_x = (float)s->side / (s->box.x2 - s->box.x1);
    const float ratio_y = (float)s->side / (s->box.y2 - s->box.y1);
    const struct det_opencv_tap row =
        corner_tap(((float)y - s->box.y1) * ratio_y, s->side);
    const float *upper = s->mask + row.low * s->side;
    const float *lower = s->mask + row.high * s->side;
    for (int32_t x = s->rect.x1; x < s->rect.x2; x++) {
        const struct det_opencv_tap t =
            corner_tap(((float)x - s->box.x1) * ratio_x, s->side);
        const bool last = row.low == row.high || t.low == t.high;
        const float value =
            last ? upper[t.low]
                 : det_opencv_blend(
                       det_opencv_blend(upper[t.low], upper[t.high], t.weight),
                       det_opencv_blend(lower[t.low], lower[t.high], t.weight),
                       row.weight);
        sums[x] += value * s->weight;
    }
}

static void paint_row(const struct det_mask_canvas *canvas,
                      const struct det_canvas_votes *votes, int32_t y)
{
    const struct det_pixel_rect *used = &canvas->used;
    float *sums = canvas->sums + (int64_t)y * canvas->width;
    memset(sums + used->x1, 0, (size_t)(used->x2 - used->x1) * sizeof *sums);
    for (int32_t i = 0; i < votes->count; i++) {
        const struct stamp s = stamp_of(canvas, votes, i);
        if (y < s.rect.y1 || y >= s.rect.y2)
            continue;
        if (canvas->rule == DET_CANVAS_SOFT)
            add_soft_row(sums, &s, y);
        else
            add_binary_row(sums, &s, y, canvas->threshold);
    }
}

void det_mask_canvas_paint(struct det_mask_canvas *canvas,
                           const struct det_canvas_votes *votes, int threads)
{
    struct det_pixel_rect used = {canvas->width, canvas->height, 0, 0};
    for (int32_t i = 0; i < votes->count; i++) {
        const struct det_pixel_rect rect =
            pixels_of(canvas, votes->boxes[votes->voters[i]]);
        if (rect.x1 >= rect.x2 || rect.y1 >= rect.y2)
            continue;
        used.x1 = det_smaller(used.x1, rect.x1);
        used.y1 = det_smaller(used.y1, rect.y1);
        used.x2 = det_larger(used.x2, rect.x2);
        used.y2 = det_larger(used.y2, rect.y2);
    }
    canvas->used = used;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int32_t y = used.y1; y < used.y2; y++)
        paint_row(canvas, votes, y);
}

/* ------------------------------------------------------------------ reading */

static bool is_set(const struct det_mask_canvas *canvas, float sum)
{
    return canvas->rule == DET_CANVAS_SOFT ? sum > canvas->threshold
                                           : sum >= canvas->threshold;
}

struct det_pixel_rect
det_mask_canvas_bounds(const struct det_mask_canvas *canvas)
{
    const struct det_pixel_rect *used = &canvas->used;
    struct det_pixel_rect tight = {canvas->width, canvas->height, 0, 0};
    for (int32_t y = used->y1; y < used->y2; y++) {
        const float *sums = canvas->sums + (int64_t)y * canvas->width;
        for (int32_t x = used->x1; x < used->x2; x++)
            if (is_set(canvas, sums[x])) {
                tight.x1 = det_smaller(tight.x1, x);
                tight.x2 = det_larger(tight.x2, x + 1);
                tight.y1 = det_smaller(tight.y1, y);
                tight.y2 = y + 1;
            }
    }
    if (tight.x1 < tight.x2)
        return tight;
    const int32_t x = canvas->width / 2, y = canvas->height / 2;
    return (struct det_pixel_rect){x, y, x + 1, y + 1};
}

static float sum_at(const struct det_mask_canvas *canvas, int32_t y, int32_t x)
{
    const struct det_pixel_rect *used = &canvas->used;
    const bool inside =
        y >= used->y1 && y < used->y2 && x >= used->x1 && x < used->x2;
    return inside ? canvas->sums[(int64_t)y * canvas->width + x] : 0.0f;
}

/* The soft rule interpolates beyond the rectangle's last pixel, the other one
 * keeps to it. */
static struct det_opencv_tap cut_tap(const struct det_mask_canvas *canvas,
                                     int32_t p, int32_t side, int32_t begin,
                                     int32_t end, int32_t limit)
{
    if (canvas->rule == DET_CANVAS_SOFT) {
        const float ratio = (float)(end - begin) / (float)side;
        return corner_tap((float)begin + (float)p * ratio, limit);
    }
    struct det_opencv_tap tap = det_opencv_tap_of(p, end - begin, side);
    tap.low += begin;
    tap.high += begin;
    return tap;
}

void det_mask_canvas_cut(float *out, const struct det_mask_canvas *canvas,
                         struct det_pixel_rect rect, int32_t side)
{
    for (int32_t i = 0; i < side * side; i++) {
        const struct det_opencv_tap r =
            cut_tap(canvas, i / side, side, rect.y1, rect.y2, canvas->height);
        struct det_opencv_tap c =
            cut_tap(canvas, i % side, side, rect.x1, rect.x2, canvas->width);
        const bool last = r.low == r.high || c.low == c.high;
        if (canvas->rule == DET_CANVAS_SOFT && last) {
            out[i] = sum_at(canvas, r.low, c.low);
            continue;
        }
        out[i] = det_opencv_blend(
            det_opencv_blend(sum_at(canvas, r.low, c.low),
                             sum_at(canvas, r.low, c.high), c.weight),
            det_opencv_blend(sum_at(canvas, r.high, c.low),
                             sum_at(canvas, r.high, c.high), c.weight),
            r.weight);
    }
}
