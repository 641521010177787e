/* SPDX-License-Identifier: MIT */
/*
 * What files of kernels (*.cu) share.  A kernel takes one operator's struct by
 * value, whose pointers are the device's.  Sums have one order, so that each
 * run gives the same bytes: no atomic additions of floats.
 *
 * The same files compile for the host (-Demulate_gpu), where tests run the
 * kernels without a GPU; what they need for that is in tests/cuda.
 */
#ifndef COMPUTE_CUDA_KERNEL_CUDA_H
#define COMPUTE_CUDA_KERNEL_CUDA_H

#include <cublasLt.h>
#include <cudnn.h>

#ifdef __CUDACC__
#include <cuda_runtime.h>
#define DET_LAUNCH(kernel, grid, block, stream, ...)                           \
    kernel<<<grid, block, 0, stream>>>(__VA_ARGS__)
#define DET_LAUNCH_BLOCKS DET_LAUNCH
#elif !defined(DET_LAUNCH)
#error "nvcc compiles this, or the emulation of a GPU, whose header comes first"
#endif

extern "C" {
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/ops_cuda.h"
}

enum { DET_BLOCK = 256 /* threads */, DET_MOST_BLOCKS = 65535 };

/* Blocks that cover `count` elements, or as many as a grid has. */
static inline unsigned det_blocks(int64_t count)
{
    const int64_t most = DET_MOST_BLOCKS;
    const int64_t blocks = (count + DET_BLOCK - 1) / DET_BLOCK;
    return (unsigned)(blocks < 1 ? 1 : blocks > most ? most : blocks);
}

/* For each element of this thread's share of 0..count-1. */
#define DET_EACH_ELEMENT(i, count)                                             \
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x,           \
                 i##_end = (count);                                            \
         i < i##_end; i += (int64_t)gridDim.x * blockDim.x)

/* One thread for each element (threads of a block do not wait for another). */
#define DET_LAUNCH_EACH(kernel, count, compute, ...)                           \
    DET_LAUNCH(kernel, det_blocks(count), DET_BLOCK,                           \
               (compute)->device->stream, __VA_ARGS__)

/* The sum over a block of DET_BLOCK threads, always in the same order; every
 * thread gets it.  `room` is shared memory of DET_BLOCK values. */
template <typename T> static __device__ T det_block_sum(T value, T *room)
{
    __syncthreads();
    room[threadIdx.x] = value;
    for (unsigned half = DET_BLOCK / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            room[threadIdx.x] += room[threadIdx.x + half];
    }
    __syncthreads();
    return room[0];
}

#endif
