/* SPDX-License-Identifier: MIT */
/* Linear interpolation along one axis by the rule of caffe-mnc, which
 * roi_warping_layer.cu and mask_resize_layer.cu share: places lie at whole
 * numbers, a sample beyond the border by at most half a place takes the
 * border's value, one further out is 0. */
#ifndef COMPUTE_BILINEAR_TAP_H
#define COMPUTE_BILINEAR_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/on_device.h"

struct det_tap {
    int32_t low, high; /* places, 0..size - 1; the same at the far border */
    float weight;      /* of high; 1 - weight of low */
    bool inside;       /* else the sample is 0 */
    bool moves;        /* its value changes when it moves to the right: it is
                          not held at a border */
};

/* A sample at `at` of `size` places; NaN is outside. */
static inline DET_ON_DEVICE struct det_tap det_tap_at(float at, int32_t size)
{
    struct det_tap tap = {0, 0, 0.0f, false, false};
    tap.inside = at >= -0.5f && at <= (float)size - 0.5f;
    if (!tap.inside)
        return tap;
    const float clamped = at <= 0.0f ? 0.0f : at;
    tap.low = (int32_t)clamped;
    if (tap.low >= size - 1) {
        tap.low = tap.high = size - 1;
        return tap;
    }
    tap.high = tap.low + 1;
    tap.weight = clamped - (float)tap.low;
    tap.moves = at >= 0.0f;
    return tap;
}

#endif
