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

/* The two source rows of an output row. */
struct det_resize_rows {
    const uint8_t *upper, *lower; /* of the photo */
    float weight;                 /* of the lower */
};

/* One rule of bilinear resizing without antialiasing: where outputs come from,
 * and how a row of [columns, 3] is made of its sources. */
struct det_resize_rule {
    /* `factor` as in struct det_resize */
    struct det_resize_tap (*tap_at)(int32_t index, int32_t in, int32_t out,
                                    double factor);
    void (*resize_row)(float *restrict out,
                       const struct det_pixel_reader *reader,
                       const struct det_resize_rows *rows,
                       const struct det_resize_tap *taps, int32_t columns);
};

extern const struct det_resize_rule det_resize_torch;
extern const struct det_resize_rule det_resize_opencv;

size_t det_resize_pillow_scratch(const struct det_resize *op);
void det_resize_pillow_cpu(int threads, const struct det_resize *op,
                           void *scratch);

#endif
