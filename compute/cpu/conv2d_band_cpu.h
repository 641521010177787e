/* SPDX-License-Identifier: MIT */
/* What the windows of a box of output places see of the input. */
#ifndef COMPUTE_CPU_CONV2D_BAND_CPU_H
#define COMPUTE_CPU_CONV2D_BAND_CPU_H

#include "compute/ops.h"

/* Output places: columns of rows of images. */
struct det_place_box {
    int64_t image;
    int32_t y, x; /* of the first */
    int32_t images, rows, columns;
};

struct det_conv2d_band {
    const float *data; /* where the window of the box's first place begins */
    int64_t image, row, place; /* floats from one of the input's to the next */
};

/* Whether windows hang over an edge of the map, so that a band is a copy. */
bool det_conv2d_has_border(const struct det_conv2d *op);

/* Floats from one place of a copy to the next, where they need not lie close:
 * at a power of two of bytes they would share few sets of the first cache. */
int64_t det_conv2d_spread(const struct det_conv2d *op);

/* Floats of a copy for a box of that many images, rows and columns. */
int64_t det_conv2d_band_count(const struct det_conv2d *op,
                              const struct det_place_box *box, int64_t place);

/* The band between zeros, its places `place` floats apart, copied to `memory`
 * of det_conv2d_band_count floats. */
struct det_conv2d_band det_conv2d_copy_band(const struct det_conv2d *op,
                                            const struct det_place_box *box,
                                            int64_t place, float *memory);

/* Where it lies in the map; no window of the box hangs over. */
struct det_conv2d_band det_conv2d_band_in_map(const struct det_conv2d *op,
                                              const struct det_place_box *box);

#endif
