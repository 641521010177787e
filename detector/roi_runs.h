/* SPDX-License-Identifier: MIT */
/* RoIs go through the heads in runs that are small enough for memory. */
#ifndef DETECTOR_ROI_RUNS_H
#define DETECTOR_ROI_RUNS_H

#include "compute/compute.h"
#include "detector/roi_source.h"

/* With fewer the matrix products get thin. */
enum { DET_LEAST_ROIS_OF_RUN = 24 };

/* RoIs in one run, whose pooled features may have so many floats; runs are as
 * equal as that allows. */
static inline int32_t det_run_length(const struct det_roi_source *source,
                                     int32_t side, int32_t floats,
                                     int32_t capacity)
{
    int32_t length = floats / (side * side * source->maps.maps[0].c);
    length = length > DET_LEAST_ROIS_OF_RUN ? length : DET_LEAST_ROIS_OF_RUN;
    if (length >= capacity)
        return capacity;
    const int32_t runs = (capacity + length - 1) / length;
    return (capacity + runs - 1) / runs;
}

/* RoIs [first, first + length) of `count`; capacity stays the full length, so
 * that a last short run takes the memory that was planned. */
static inline struct det_roi_batch det_run_at(const struct det_box *boxes,
                                              int32_t count, int32_t first,
                                              int32_t length)
{
    const int32_t rest = count - first;
    return (struct det_roi_batch){.boxes = boxes + first,
                                  .count = rest < length ? rest : length,
                                  .capacity = length};
}

/* While planning, one run stands for all. */
static inline int32_t det_runs_end(const struct det_compute *compute,
                                   int32_t count, int32_t length)
{
    return det_planning(compute) && length < count ? length : count;
}

#endif
