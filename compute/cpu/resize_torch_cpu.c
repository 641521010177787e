/* SPDX-License-Identifier: MIT */
/*
 * torch's bilinear F.interpolate without align_corners and antialiasing, over
 * normalised values.  Its CPU kernel keeps the scale in float32 but computes
 * source coordinates in double (measured on torch 1.13: index and weight agree
 * to the last bit); the difference is 3e-5 of a pixel at column 1000, which a
 * 50-layer network makes visible in the third decimal of a box.
 */
#include "compute/cpu/resize_cpu.h"

static struct det_resize_tap tap_at(int32_t index, int32_t in, int32_t out)
{
    const double scale = (double)((float)in / (float)out);
    double source = scale * (index + 0.5) - 0.5;
    source = source < 0.0 ? 0.0 : source;
    int32_t first = (int32_t)source;
    first = first < in ? first : in - 1;
    return (struct det_resize_tap){.first = first,
                                   .second = first + (first < in - 1),
                                   .weight = (float)(source - first)};
}

void det_resize_torch_cpu(int threads, const struct det_resize *op,
                          void *scratch)
{
    det_resize_linear(threads, op, tap_at, scratch);
}
