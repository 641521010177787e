/* SPDX-License-Identifier: MIT */
/* Moments of a device's stream, by CUDA's events. */
#ifndef COMPUTE_CUDA_MOMENTS_CUDA_H
#define COMPUTE_CUDA_MOMENTS_CUDA_H

#include <cuda_runtime_api.h>

#include "compute/compute.h"

struct det_moments {
    cudaEvent_t events[DET_MOST_MOMENTS];
};

/* Zeroed before; to be destroyed after a failure, too. */
det_status det_moments_create(struct det_moments *moments,
                              struct det_message *message);
void det_moments_destroy(struct det_moments *moments);

det_status det_mark_cuda(struct det_compute *compute, int moment);
det_status det_between_cuda(struct det_compute *compute, double *seconds,
                            int first, int second);

#endif
