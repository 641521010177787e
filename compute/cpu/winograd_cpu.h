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
 * With stride 2, an output sees two even places of an axis and the odd one
 * between them: F(4, 2) of the even places and F(4, 1) of the odd ones, at the
 * same points but 0, so that both are summed before the outputs are made.  4 x
 * 4 outputs of a 9 x 9 patch are 81 products in place of 144; 7 x 7 are 256,
 * not 441.  Weights are 36 matrices as before (winograd_points_cpu.h).
 *
 * All work on channels that lie together, DET_WINOGRAD_LANES at a time.
 */
#ifndef COMPUTE_CPU_WINOGRAD_CPU_H
#define COMPUTE_CPU_WINOGRAD_CPU_H

#include "compute/cpu/winograd_points_cpu.h"

enum { DET_WINOGRAD_LANES = 16 };

/* The stride of its convolution, 1 or 2, and its outputs along each axis, 3 or
 * 4. */
struct det_winograd_size {
    int32_t stride, rows, columns;
};

/* out[point][channels], of the points that the size has, from a patch, whose
 * places [points, points] begin where `places` says, those beyond its size
 * anywhere; `channels` is a multiple of the lanes. */
void det_winograd_input(float *out, int64_t point_stride,
                        const float *const *places, int32_t channels,
                        struct det_winograd_size size);

/* The taps [3, 3] of a kernel, lanes of each. */
struct det_winograd_taps {
    const float *first;
    int64_t next;   /* floats from one to the next */
    int32_t stride; /* of the convolution */
};

/* out[kernel][lanes]. */
void det_winograd_weights(float *out, int64_t kernel_stride,
                          const struct det_winograd_taps *taps);

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

/* A tile's lanes from sums of products, [sum][lanes]. */
void det_winograd_output(const struct det_winograd_tile *tile,
                         const float *sums, int64_t sum_stride);

/* The same for one width of vectors: that of AVX2, for whatever CPU there is,
 * and of AVX-512 (where the compiler knows none it is never called). */
void det_winograd_input_avx2(float *out, int64_t point_stride,
                             const float *const *places, int32_t channels,
                             struct det_winograd_size size);
void det_winograd_input_avx512(float *out, int64_t point_stride,
                               const float *const *places, int32_t channels,
                               struct det_winograd_size size);
void det_winograd_weights_avx2(float *out, int64_t kernel_stride,
                               const struct det_winograd_taps *taps);
void det_winograd_weights_avx512(float *out, int64_t kernel_stride,
                                 const struct det_winograd_taps *taps);
void det_winograd_output_avx2(const struct det_winograd_tile *tile,
                              const float *sums, int64_t sum_stride);
void det_winograd_output_avx512(const struct det_winograd_tile *tile,
                                const float *sums, int64_t sum_stride);

#endif
