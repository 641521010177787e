/* SPDX-License-Identifier: MIT */
#include "compute/cuda/moments_cuda.h"

#include "compute/cuda/device_cuda.h"

det_status det_moments_create(struct det_moments *moments,
                              struct det_message *message)
{
    for (int i = 0; i < DET_MOST_MOMENTS; i++)
        DET_TRY(det_cuda_check(message, cudaEventCreate(&moments->events[i]),
                               "cudaEventCreate"));
    return DET_OK;
}

void det_moments_destroy(struct det_moments *moments)
{
    for (int i = 0; i < DET_MOST_MOMENTS; i++)
        if (moments->events[i])
            cudaEventDestroy(moments->events[i]);
}

det_status det_mark_cuda(struct det_compute *compute, int moment)
{
    struct det_device *device = compute->device;
    return det_cuda_check(
        compute->message,
        cudaEventRecord(device->moments.events[moment], device->stream),
        "cudaEventRecord");
}

det_status det_between_cuda(struct det_compute *compute, double *seconds,
                            int first, int second)
{
    const cudaEvent_t *events = compute->device->moments.events;
    float milliseconds = 0.0f;
    DET_TRY(det_cuda_check(compute->message,
                           cudaEventSynchronize(events[second]),
                           "cudaEventSynchronize"));
    DET_TRY(det_cuda_check(
        compute->message,
        cudaEventElapsedTime(&milliseconds, events[first], events[second]),
        "cudaEventElapsedTime"));
    *seconds = 1e-3 * (double)milliseconds;
    return DET_OK;
}
