/* SPDX-License-Identifier: MIT */
/* Sorting entries (geometry/score_order.h) on the device. */
#ifndef COMPUTE_CUDA_SORT_CUDA_H
#define COMPUTE_CUDA_SORT_CUDA_H

#include "compute/ops.h"

/* Runs of entries that are sorted each for itself. */
struct det_sort_runs {
    uint64_t *entries; /* no two of a run are equal */
    int32_t begin[DET_MAX_LEVELS], size[DET_MAX_LEVELS];
    int32_t num;
    const int32_t *count; /* of the device: the size of the only run, which is
                             size[0] at most; or NULL */
};

det_status det_sort_runs_cuda(struct det_compute *compute,
                              const struct det_sort_runs *runs);

#endif
