/* SPDX-License-Identifier: MIT */
/* Which samples of an axis a place of the map may be read by: the backward
 * passes that gather look at no others. */
#ifndef COMPUTE_CUDA_NEAR_CUDA_H
#define COMPUTE_CUDA_NEAR_CUDA_H

#include "compute/cuda/kernel_cuda.h"

/* Bins [first, last]; none where last < first. */
struct det_bins {
    int32_t first, last;
};

/* Of `count` bins, of which bin i covers start + i * bin to
 * start + (i + 1) * bin, those that may have a sample in low..high.  It is a
 * little generous, since a sample's place is rounded; what comes near and is
 * not read has the weight 0.  A bin may be negative, or 0, or NaN (all bins).
 */
static __device__ struct det_bins
det_bins_near(float start, float bin, int32_t count, float low, float high)
{
    const float slack = 0.125f; /* of a place, and of a bin */
    const float a = (low - slack - start) / bin;
    const float b = (high + slack - start) / bin;
    const float first = fmaxf(ceilf(fminf(a, b) - 1.0f - slack), 0.0f);
    const float last = fminf(floorf(fmaxf(a, b) + slack), (float)(count - 1));
    struct det_bins bins = {0, -1};
    if (first <= last) {
        bins.first = (int32_t)first;
        bins.last = (int32_t)last;
    }
    return bins;
}

/* What place `place` has of a sample between two places, the second of which
 * weighs `weight`. */
static __device__ float det_weight_at(int32_t place, int32_t low, int32_t high,
                                      float weight)
{
    return place == low ? 1.0f - weight : place == high ? weight : 0.0f;
}

#endif
