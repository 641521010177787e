/* SPDX-License-Identifier: MIT */
#include "maskseg/mnc_target.h"

#include <math.h>
#include <string.h>

#include "geometry/opencv_tap.h"

/* Whole pixels, first and behind the last. */
struct rect {
    int32_t x1, y1, x2, y2;
};

static struct rect rect_of(struct det_box box)
{
    return (struct rect){(int32_t)rintf(box.x1), (int32_t)rintf(box.y1),
                         (int32_t)rintf(box.x2), (int32_t)rintf(box.y2)};
}

static float pixel(const struct det_true_mask *mask, int32_t y, int32_t x)
{
    const bool inside = y >= 0 && y < mask->height && x >= 0 && x < mask->width;
    return inside && mask->pixels[(int64_t)y * mask->width + x] ? 1.0f : 0.0f;
}

void det_mnc_target(float *out, const struct det_true_mask *mask,
                    struct det_box box, int32_t side, float threshold)
{
    const struct rect r = rect_of(box);
    memset(out, 0, (size_t)side * (size_t)side * sizeof *out);
    if (r.x1 >= r.x2 || r.y1 >= r.y2)
        return;
    for (int32_t i = 0; i < side * side; i++) {
        const struct det_opencv_tap y =
            det_opencv_tap_of(i / side, r.y2 - r.y1, side);
        const struct det_opencv_tap x =
            det_opencv_tap_of(i % side, r.x2 - r.x1, side);
        const float upper = det_opencv_blend(
            pixel(mask, r.y1 + y.low, r.x1 + x.low),
            pixel(mask, r.y1 + y.low, r.x1 + x.high), x.weight);
        const float lower = det_opencv_blend(
            pixel(mask, r.y1 + y.high, r.x1 + x.low),
            pixel(mask, r.y1 + y.high, r.x1 + x.high), x.weight);
        out[i] =
            det_opencv_blend(upper, lower, y.weight) >= threshold ? 1.0f : 0.0f;
    }
}

static int64_t true_area(const struct det_true_mask *mask)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < (int64_t)mask->height * mask->width; i++)
        sum += mask->pixels[i] != 0;
    return sum;
}

static bool is_set(const struct det_mnc_mask *m, const struct rect *r,
                   int32_t y, int32_t x, float threshold)
{
    const struct det_opencv_tap row =
        det_opencv_tap_of(y - r->y1, m->side, r->y2 - r->y1);
    const struct det_opencv_tap column =
        det_opencv_tap_of(x - r->x1, m->side, r->x2 - r->x1);
    const float *upper = m->data + row.low * m->side;
    const float *lower = m->data + row.high * m->side;
    return det_opencv_blend(det_opencv_blend(upper[column.low],
                                             upper[column.high], column.weight),
                            det_opencv_blend(lower[column.low],
                                             lower[column.high], column.weight),
                            row.weight) >= threshold;
}

double det_mnc_overlap(const struct det_mnc_mask *predicted,
                       const struct det_true_mask *mask, float threshold)
{
    const struct rect r = rect_of(predicted->box);
    int64_t area = 0, both = 0;
    for (int32_t y = r.y1; y < r.y2; y++)
        for (int32_t x = r.x1; x < r.x2; x++)
            if (is_set(predicted, &r, y, x, threshold)) {
                area++;
                both += pixel(mask, y, x) > 0.0f;
            }
    const int64_t either = area + true_area(mask) - both;
    return either > 0 ? (double)both / (double)either : 0.0;
}
