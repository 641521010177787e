/* SPDX-License-Identifier: MIT */
/* What the three resizing rules share. */
#ifndef COMPUTE_CPU_RESIZE_CPU_H
#define COMPUTE_CPU_RESIZE_CPU_H

#include "compute/ops.h"
#include "compute/pixel_layout.h"
#include "compute/resize_tap.h"

/* The layout, with the value of each byte. */
struct det_pixel_reader {
    struct det_pixel_layout layout;
    float value[DET_RGB][256];
};

void det_pixel_reader_init(struct det_pixel_reader *reader,
                           const struct det_resize *op);

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

void det_resize_pillow_cpu(int threads, const struct det_resize *op,
                           void *scratch);

#endif
