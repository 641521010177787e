/* SPDX-License-Identifier: MIT */
/*
 * Transforms of Winograd's convolution F(4x4, 3x3) (Lavin and Gray 2016,
 * section 4): a 3x3 convolution of a 6 x 6 patch becomes 36 products for its
 * 4 x 4 outputs, in place of 144.  The polynomials are evaluated at 0, +-5/8,
 * +-3/2 and infinity: at the usual 0, +-1, +-2 rounding errors are more than
 * twice as large (docs/speed.md; Barabasz et al. 2020 on the choice).
 *
 * All work on channels that lie together, DET_WINOGRAD_LANES at a time.
 */
#ifndef COMPUTE_CPU_WINOGRAD_CPU_H
#define COMPUTE_CPU_WINOGRAD_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DET_WINOGRAD_OUT = 4,
    DET_WINOGRAD_IN = 6,
    DET_WINOGRAD_POINTS = DET_WINOGRAD_IN * DET_WINOGRAD_IN,
    DET_WINOGRAD_LANES = 16
};

/* out[point][channels] from a patch, whose places [6, 6] begin where
 * `places` says; `channels` is a multiple of the lanes. */
void det_winograd_input(float *out, int64_t point_stride,
                        const float *const places[DET_WINOGRAD_POINTS],
                        int32_t channels);

/* out[point][lanes] from the taps [3, 3] of a kernel, each `tap_stride` floats
 * after the one before. */
void det_winograd_weights(float *out, int64_t point_stride, const float *taps,
                          int64_t tap_stride);

/* Where a tile's outputs go: lanes of places of a map. */
struct det_winograd_tile {
    float *out;            /* of the first place */
    int64_t row, place;    /* floats to the next */
    int32_t rows, columns; /* those within the map, 1 to 4 */
    const float *bias;     /* [lanes], or NULL: zeros */
    bool add;              /* to what is there, in place of the bias */
    const float *residual; /* as out, or NULL; added last */
    bool relu;             /* of what then is there */
};

/* A tile's lanes from sums of products, [point][lanes]. */
void det_winograd_output(const struct det_winograd_tile *tile,
                         const float *sums, int64_t point_stride);

#endif
