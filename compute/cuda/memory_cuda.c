/* SPDX-License-Identifier: MIT */
#include "compute/cuda/memory_cuda.h"

#include <cuda_runtime_api.h>

#include "compute/cuda/device_cuda.h"

static size_t mebibytes(size_t bytes)
{
    return (bytes >> 20) + ((bytes & ((1 << 20) - 1)) != 0);
}

/* Maps take memory by their pixels, so that a share of the bytes is one of the
 * pixels, too.  What is left may be enough, but not in one piece. */
static det_status fail_device(struct det_message *message, size_t bytes)
{
    size_t available = 0, total = 0;
    if (cudaMemGetInfo(&available, &total) != cudaSuccess)
        available = total = 0;
    const double share = (double)available / (double)bytes;
    return det_fail(
        message, DET_ERROR_MEMORY,
        "cudaMalloc: %zu MiB were asked for, and the GPU has %zu MiB left of "
        "%zu MiB: photos with %.0f %% of the pixels fit (--min-size, "
        "--max-size); else use --precision fp16, or another GPU",
        mebibytes(bytes), available >> 20, total >> 20,
        100.0 * (share < 0.9 ? share : 0.9));
}

det_status det_device_memory(void **out, size_t bytes,
                             struct det_message *message)
{
    *out = NULL;
    const cudaError_t error = cudaMalloc(out, bytes);
    if (error != cudaErrorMemoryAllocation)
        return det_cuda_check(message, error, "cudaMalloc");
    cudaGetLastError(); /* or the next call would report it again */
    return fail_device(message, bytes);
}

det_status det_pinned_memory(void **out, size_t bytes,
                             struct det_message *message)
{
    *out = NULL;
    const cudaError_t error = cudaMallocHost(out, bytes);
    if (error != cudaErrorMemoryAllocation)
        return det_cuda_check(message, error, "cudaMallocHost");
    cudaGetLastError();
    return det_fail(message, DET_ERROR_MEMORY,
                    "cudaMallocHost: the host has no %zu MiB that can be "
                    "pinned; end other programs, or use smaller photos "
                    "(--min-size, --max-size)",
                    mebibytes(bytes));
}
