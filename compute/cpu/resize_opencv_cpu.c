/* SPDX-License-Identifier: MIT */
/*
 * OpenCV's INTER_LINEAR on floats (imgproc/src/resize.cpp): source coordinate
 * (x + 0.5) * scale - 0.5 with the scale in double and the coordinate in
 * float; both neighbours clamp to the image; rows are interpolated along x
 * first, then the two rows along y.
 */
#include <math.h>

#include "compute/cpu/resize_cpu.h"

static struct det_resize_tap tap_at(int32_t index, int32_t in, int32_t out)
{
    const double scale = (double)in / out;
    const float source = (float)((index + 0.5) * scale - 0.5);
    const float whole = floorf(source);
    if (whole < 0.0f)
        return (struct det_resize_tap){0};
    if (whole >= (float)(in - 1))
        return (struct det_resize_tap){.first = in - 1, .second = in - 1};
    return (struct det_resize_tap){.first = (int32_t)whole,
                                   .second = (int32_t)whole + 1,
                                   .weight = source - whole};
}

void det_resize_opencv_cpu(int threads, const struct det_resize *op,
                           void *scratch)
{
    det_resize_linear(threads, op, tap_at, scratch);
}
