/* SPDX-License-Identifier: MIT */
/*
 * Transforms of Winograd's convolution F(4x4, 3x3) (Lavin and Gray 2016,
 * section 4): a 3x3 convolution of a 6 x 6 patch becomes 36 products for its
 * 4 x 4 outputs, in place of 144.  The polynomials are evaluated at 0, +-5/8,
 * +-3/2 and infinity: at the usual 0, +-1, +-2 rounding errors are more than
 * twice as large (docs/speed.md; Barabasz et al. 2020 on the choice).
 *
 * Tiles of 3 outputs along an axis do without the point -3/2, with the same
 * transformed weights: 7 = 4 + 3 outputs are 11 points then, not 12, and 7 x 7
 * of them 121 products, not 144.
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
    DET_WINOGRAD_LANES = 16,
    DET_WINOGRAD_LEFT_OUT = 4 /* of an axis' points, by tiles of 3 */
};

/* Outputs of a tile along each axis, 3 or 4.  Its patch has two more. */
struct det_winograd_size {
    int32_t rows, columns;
};

/* out[point][channels], of the points that the size has, from a patch, whose
 * places [6, 6] begin where `places` says, those beyond its size anywhere;
 * `channels` is a multiple of the lanes. */
void det_winograd_input(float *out, int64_t point_stride,
                        const float *const *places, int32_t channels,
                        struct det_winograd_size size);

/* out[point][lanes] from the taps [3, 3] of a kernel, each `tap_stride` floats
 * after the one before. */
void det_winograd_weights(float *out, int64_t point_stride, const float *taps,
                          int64_t tap_stride);

/* Where a tile's outputs go: lanes of places of a map. */
struct det_winograd_tile {
    float *out;                    /* of the first place */
    int64_t row, place;            /* floats to the next */
    struct det_winograd_size size; /* what the patch was made for */
    int32_t rows, columns;         /* those within the map, 1 to its size */
    const float *bias;             /* [lanes], or NULL: zeros */
    bool add;                      /* to what is there, in place of the bias */
    const float *scale, *shift; /* [lanes]: sum * scale + shift; or NULL both */
    const float *residual;      /* as out, or NULL; added last */
    bool relu;                  /* of what then is there */
};

/* A tile's lanes from sums of products, [point][lanes]. */
void det_winograd_output(const struct det_winograd_tile *tile,
                         const float *sums, int64_t point_stride);

/* The same for one width of vectors: that of AVX2, for whatever CPU there is,
 * and of AVX-512 (where the compiler knows none it is never called). */
void det_winograd_input_avx2(float *out, int64_t point_stride,
                             const float *const *places, int32_t channels,
                             struct det_winograd_size size);
void det_winograd_input_avx512(float *out, int64_t point_stride,
                               const float *const *places, int32_t channels,
                               struct det_winograd_size size);
void det_winograd_weights_avx2(float *out, int64_t point_stride,
                               const float *taps, int64_t tap_stride);
void det_winograd_weights_avx512(float *out, int64_t point_stride,
                                 const float *taps, int64_t tap_stride);
void det_winograd_output_avx2(const struct det_winograd_tile *tile,
                              const float *sums, int64_t point_stride);
void det_winograd_output_avx512(const struct det_winograd_tile *tile,
                                const float *sums, int64_t point_stride);

#endif
