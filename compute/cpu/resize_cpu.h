/* SPDX-License-Identifier: MIT */
/* What the three resizing rules share. */
#ifndef COMPUTE_CPU_RESIZE_CPU_H
#define COMPUTE_CPU_RESIZE_CPU_H

#include "compute/ops.h"

enum { DET_RGB = 3 };

/* How a photo's bytes become the network's channels. */
struct det_pixel_reader {
    int32_t step;              /* bytes from one pixel to the next */
    int32_t offset[DET_RGB];   /* where the network's channel c lies in it */
    float value[DET_RGB][256]; /* (byte / unit - mean) / std */
};

void det_pixel_reader_init(struct det_pixel_reader *reader,
                           const struct det_resize *op);

/* Where one output column or row comes from, without antialiasing. */
struct det_resize_tap {
    int32_t first, second; /* source columns or rows */
    float weight;          /* of the second; the first has 1 - weight */
};

/* The tap of output `index` of `out` over a side of `in` pixels. */
typedef struct det_resize_tap (*det_resize_tap_fn)(int32_t index, int32_t in,
                                                   int32_t out);

/* Bilinear resizing of normalised values in float32, along x first.  torch
 * and OpenCV differ in nothing but their taps. */
size_t det_resize_linear_scratch(const struct det_resize *op);
void det_resize_linear(int threads, const struct det_resize *op,
                       det_resize_tap_fn tap_at, void *scratch);

void det_resize_torch_cpu(int threads, const struct det_resize *op,
                          void *scratch);
void det_resize_opencv_cpu(int threads, const struct det_resize *op,
                           void *scratch);

size_t det_resize_pillow_scratch(const struct det_resize *op);
void det_resize_pillow_cpu(int threads, const struct det_resize *op,
                           void *scratch);

#endif
