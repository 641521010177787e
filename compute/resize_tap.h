/* SPDX-License-Identifier: MIT */
/* Where bilinear resizing without antialiasing takes its values from. */
#ifndef COMPUTE_RESIZE_TAP_H
#define COMPUTE_RESIZE_TAP_H

#include <stdint.h>

#include "base/on_device.h"
#include "geometry/opencv_tap.h"

/* Where one output column or row comes from. */
struct det_resize_tap {
    int32_t first, second; /* source columns or rows */
    float weight;          /* of the second; the first has 1 - weight */
};

/* torch's: the scale is float32 and source coordinates are double. */
static inline DET_ON_DEVICE struct det_resize_tap
det_torch_tap_at(int32_t index, int32_t in, int32_t out)
{
    const double scale = (double)((float)in / (float)out);
    const double centre = scale * (index + 0.5) - 0.5;
    const double source = centre < 0.0 ? 0.0 : centre;
    const int32_t place = (int32_t)source;
    const int32_t first = place < in ? place : in - 1;
    const struct det_resize_tap tap = {first, first + (first < in - 1),
                                       (float)(source - first)};
    return tap;
}

/* OpenCV's: the scale is the sides' ratio or, where the program gave fx and fy
 * and let the size be rounded, 1 / factor (of struct det_resize). */
static inline DET_ON_DEVICE struct det_resize_tap
det_opencv_resize_tap_at(int32_t index, int32_t in, int32_t out, double factor)
{
    const double scale = factor > 0.0 ? 1.0 / factor : (double)in / out;
    const struct det_opencv_tap place = det_opencv_tap_at(index, scale, in);
    const struct det_resize_tap tap = {place.low, place.high, place.weight};
    return tap;
}

#endif
