/* SPDX-License-Identifier: MIT */
/*
 * Rows that have DET_LANES threads of a block each, which read side by side:
 * thread t is lane t % DET_LANES of the block's row t / DET_LANES.  Where lanes
 * come together, all threads of the block must arrive, with a row or without.
 */
#ifndef COMPUTE_CUDA_LANES_CUDA_H
#define COMPUTE_CUDA_LANES_CUDA_H

#include <math.h>

#include "compute/cuda/kernel_cuda.h"

enum { DET_LANES = 32, DET_LANE_ROWS = DET_BLOCK / DET_LANES };

static __device__ inline int32_t det_lane(void)
{
    return (int32_t)(threadIdx.x % DET_LANES);
}

/* For each element of this lane's share of 0..count-1. */
#define DET_EACH_OF_LANE(k, count)                                             \
    for (int32_t k = det_lane(); k < (count); k += DET_LANES)

/* For each group of rows that a block has at the same time, of `count` rows;
 * `r` is this thread's, which may be behind the last. */
#define DET_EACH_LANE_ROW(r, count)                                            \
    for (int64_t r##_first = (int64_t)blockIdx.x * DET_LANE_ROWS,              \
                 r = r##_first + threadIdx.x / DET_LANES;                      \
         r##_first < (count); r += (int64_t)gridDim.x * DET_LANE_ROWS,         \
                 r##_first += (int64_t)gridDim.x * DET_LANE_ROWS)

/* Blocks that have a row for each DET_LANES threads, `most` at most. */
static inline unsigned det_lane_blocks(int64_t rows, int64_t most)
{
    const int64_t blocks = (rows + DET_LANE_ROWS - 1) / DET_LANE_ROWS;
    return (unsigned)(blocks < most ? blocks : most);
}

/* The values of this row's lanes.  `room` is shared memory of DET_BLOCK. */
template <typename T>
static __device__ const T *det_lanes_meet(T value, T *room)
{
    __syncthreads();
    room[threadIdx.x] = value;
    __syncthreads();
    return room + threadIdx.x / DET_LANES * DET_LANES;
}

/* The sum over a row's lanes, in order; each of them gets it. */
template <typename T> static __device__ T det_lanes_sum(T value, T *room)
{
    const T *lane = det_lanes_meet(value, room);
    T sum = lane[0];
    for (int i = 1; i < DET_LANES; i++)
        sum += lane[i];
    return sum;
}

/* The highest that is a number. */
static __device__ inline float det_lanes_max(float value, float *room)
{
    const float *lane = det_lanes_meet(value, room);
    float highest = lane[0];
    for (int i = 1; i < DET_LANES; i++)
        highest = fmaxf(highest, lane[i]);
    return highest;
}

#endif
