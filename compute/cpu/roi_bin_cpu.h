/* SPDX-License-Identifier: MIT */
/*
 * A bin of RoIAlign as one weighted sum of the map's places.  Samples of a bin
 * are mostly less than a place apart, so that they share places; and a place's
 * weight is that of its row times that of its column.
 * The same sum as sample by sample, but for rounding.
 */
#ifndef COMPUTE_CPU_ROI_BIN_CPU_H
#define COMPUTE_CPU_ROI_BIN_CPU_H

#include "compute/roi_places.h"

enum { DET_BIN_PLACES = 8 };

/* Places of a bin along an axis, and their weights, whose sum is 1 where all
 * samples are inside the map. */
struct det_bin_axis {
    int32_t first, count;
    float weights[DET_BIN_PLACES];
};

/* The samples of bin `index` along one axis of a RoI, of a map with `size`
 * places. */
struct det_bin_samples {
    float start, bin; /* as in det_aligned_roi */
    int32_t grid, index, size;
};

/* False where the samples are more than a place apart, so that they share few
 * and leave others between them out, or see more than DET_BIN_PLACES. */
bool det_bin_axis(struct det_bin_axis *axis, const struct det_bin_samples *of);

/* out [C] = the mean of the bin's samples. */
void det_bin_sum(float *out, const struct det_tensor *map,
                 const struct det_bin_axis *rows,
                 const struct det_bin_axis *columns);

#endif
