/* SPDX-License-Identifier: MIT */
/*
 * What Winograd's convolution forms along an axis: points of a patch, kernels
 * made of the 3 taps, and sums of the products of one with the other.
 *
 *   stride 1   a point for each of 0, A, -A, B, -B, infinity; each has a kernel
 *              and a sum of its own
 *   stride 2   even places, which 2 taps see, at A, -A, B, -B, infinity, as
 *              before; then odd places at A, -A, B, -B, which all have the
 *              kernel of the tap between and go to the even ones' sums
 *
 * Tiles of 3 outputs have neither points nor sum of -B.
 */
#ifndef COMPUTE_CPU_WINOGRAD_POINTS_CPU_H
#define COMPUTE_CPU_WINOGRAD_POINTS_CPU_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DET_WINOGRAD_OUT = 4,        /* outputs of a tile, at most */
    DET_WINOGRAD_KERNELS = 6,    /* of either stride */
    DET_WINOGRAD_MOST_POINTS = 9 /* of both; as many as a patch's places */
};

static inline int32_t det_winograd_points(int32_t stride)
{
    return stride == 1 ? 6 : 9;
}

static inline int32_t det_winograd_sums(int32_t stride)
{
    return stride == 1 ? 6 : 5;
}

/* Points, and with them places, that tiles of so many outputs have. */
static inline int32_t det_winograd_points_of(int32_t stride, int32_t outputs)
{
    return det_winograd_points(stride) - (DET_WINOGRAD_OUT - outputs) * stride;
}

static inline int32_t det_winograd_sums_of(int32_t stride, int32_t outputs)
{
    return det_winograd_sums(stride) - (DET_WINOGRAD_OUT - outputs);
}

/* The sum that a point's products go to. */
static inline int32_t det_winograd_sum_of(int32_t stride, int32_t point)
{
    const int32_t sums = det_winograd_sums(stride);
    return point < sums ? point : point - sums;
}

/* Whether only tiles of 4 outputs have a sum, and its points. */
static inline bool det_winograd_is_of_four(int32_t stride, int32_t sum)
{
    return sum == det_winograd_sums(stride) - 2;
}

/* The points that a kernel is for. */
struct det_winograd_span {
    int32_t first, count;
};

static inline struct det_winograd_span det_winograd_span(int32_t stride,
                                                         int32_t kernel)
{
    const int32_t sums = det_winograd_sums(stride);
    if (kernel < sums)
        return (struct det_winograd_span){kernel, 1};
    return (struct det_winograd_span){sums, det_winograd_points(stride) - sums};
}

#endif
