/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_CUDA_PREFIX_CUDA_H
#define COMPUTE_CUDA_PREFIX_CUDA_H

#include "compute/cuda/kernel_cuda.h"

/* The sum of the values of the threads before this one, and of all.  `room` is
 * shared memory of DET_BLOCK, which the threads of a block are. */
static __device__ inline int32_t det_block_prefix(int32_t value, int32_t *room,
                                                  int32_t *total)
{
    const unsigned t = threadIdx.x;
    __syncthreads();
    room[t] = value;
    for (unsigned step = 1; step < DET_BLOCK; step *= 2) {
        __syncthreads();
        const int32_t before = t >= step ? room[t - step] : 0;
        __syncthreads();
        room[t] += before;
    }
    __syncthreads();
    *total = room[DET_BLOCK - 1];
    return room[t] - value;
}

#endif
