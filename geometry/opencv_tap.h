/* SPDX-License-Identifier: MIT */
/* Bilinear resizing as OpenCV's cv::resize with INTER_LINEAR: pixel centres
 * keep their relation to the border (a shift by half a pixel), the border is
 * repeated, and nothing is averaged where a picture gets smaller. */
#ifndef GEOMETRY_OPENCV_TAP_H
#define GEOMETRY_OPENCV_TAP_H

#include <stdint.h>

#include "base/on_device.h"

/* Two neighbours on one axis; `weight` is that of high. */
struct det_opencv_tap {
    int32_t low, high;
    float weight;
};

/* Place `p` of a result, in `in` places of what is `scale` times as large; the
 * scale is in double, the place in float (imgproc/src/resize.cpp). */
static inline DET_ON_DEVICE struct det_opencv_tap
det_opencv_tap_at(int32_t p, double scale, int32_t in)
{
    const float at = (float)(((double)p + 0.5) * scale - 0.5);
    const struct det_opencv_tap start = {0, 0, 0.0f};
    const struct det_opencv_tap end = {in - 1, in - 1, 0.0f};
    if (at <= 0.0f)
        return start;
    const int32_t low = (int32_t)at;
    if (low >= in - 1)
        return end;
    const struct det_opencv_tap inside = {low, low + 1, at - (float)low};
    return inside;
}

/* Place `p` of `out`, in `in` places. */
static inline DET_ON_DEVICE struct det_opencv_tap
det_opencv_tap_of(int32_t p, int32_t in, int32_t out)
{
    return det_opencv_tap_at(p, (double)in / out, in);
}

static inline DET_ON_DEVICE float det_opencv_blend(float low, float high,
                                                   float weight)
{
    return (1.0f - weight) * low + weight * high;
}

#endif
