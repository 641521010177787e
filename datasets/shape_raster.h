/* SPDX-License-Identifier: MIT */
/* Outlines to coverage: how much of each pixel lies inside. */
#ifndef DATASETS_SHAPE_RASTER_H
#define DATASETS_SHAPE_RASTER_H

#include "base/message.h"
#include "datasets/shape_outline.h"

/* Rows of subsamples per pixel; their ends are exact, so that a pixel's
 * coverage has DET_COVERAGE_ROWS * 256 steps. */
enum { DET_COVERAGE_ROWS = 8 };

/* Pixels [x, x + w) x [y, y + h) of a picture, which it is clipped to. */
struct det_coverage {
    int32_t x, y, w, h;
    float *part; /* [h, w], 0..1 */
};

/* The outline's coordinates are pixels.  On failure *out is zeroed. */
det_status det_outline_coverage(struct det_coverage *out,
                                const struct det_outline *outline,
                                int32_t width, int32_t height,
                                struct det_message *message);
void det_coverage_destroy(struct det_coverage *coverage);

#endif
