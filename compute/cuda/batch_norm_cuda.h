/* SPDX-License-Identifier: MIT */
/*
 * What batch norm and its gradient share.  They are bound by memory: a thread
 * keeps to one channel and goes from place to place, and threads side by side
 * have channels side by side.  Sums are in double, of each thread, then of its
 * block, then of all blocks, in an order that depends on nothing but the shape.
 */
#ifndef COMPUTE_CUDA_BATCH_NORM_CUDA_H
#define COMPUTE_CUDA_BATCH_NORM_CUDA_H

#include <math.h>

#include "compute/cuda/element_cuda.h"

enum {
    MOST_LANES = 32,     /* channels of a block, side by side */
    FINISH_LANES = 8,    /* likewise, where blocks' sums are joined */
    TOGETHER = 4,        /* places that a thread loads before it uses them */
    LEAST_PLACES = 8,    /* of a thread, where there are enough */
    ENOUGH_BLOCKS = 1024 /* for the largest GPU */
};

/* ------------------------------------------------------------ who does what */

/* Blocks across the channels, by blocks that share the places. */
struct tiling {
    unsigned lanes;
    unsigned tiles, shares;
};

static inline struct tiling tiling_of(const struct det_tensor *in)
{
    const unsigned channels = (unsigned)in->c;
    unsigned lanes = 1;
    while (lanes < channels && lanes < MOST_LANES)
        lanes *= 2;
    const int64_t tiles = (channels + lanes - 1) / lanes;
    const int64_t places = DET_BLOCK / lanes * LEAST_PLACES; /* of a block */
    const int64_t wanted = (det_tensor_places(in) + places - 1) / places;
    const int64_t most = tiles < ENOUGH_BLOCKS ? ENOUGH_BLOCKS / tiles : 1;
    return {lanes, (unsigned)tiles, (unsigned)(wanted < most ? wanted : most)};
}

static inline dim3 grid_of(const struct tiling &tiling)
{
    return dim3(tiling.tiles, tiling.shares);
}

/* The elements of one thread, all of one channel. */
struct walk {
    int64_t first, step, end;
    int32_t channel;
};

/* A thread right of the last channel has no elements. */
static inline __device__ struct walk walk_of(const struct det_tensor &in,
                                             unsigned lanes)
{
    const int64_t lane = threadIdx.x % lanes, row = threadIdx.x / lanes;
    const int64_t rows = DET_BLOCK / lanes;
    const int64_t channel = (int64_t)blockIdx.x * lanes + lane;
    const int64_t end = det_tensor_count(&in);
    const int64_t first = (blockIdx.y * rows + row) * in.c + channel;
    return {channel < in.c ? first : end, gridDim.y * rows * in.c, end,
            (int32_t)channel};
}

template <typename T>
static inline __device__ void load(float values[TOGETHER], const T *from,
                                   const struct walk &walk, int64_t at)
{
    for (int j = 0; j < TOGETHER; j++) {
        const int64_t i = at + j * walk.step;
        values[j] = i < walk.end ? (float)from[i] : 0.0f;
    }
}

/* --------------------------------------------------------------------- sums */

/* Two sums of one channel. */
struct sums {
    double first, second;
};

/* Those of a block's threads of the same lane; for the first row of them. */
static inline __device__ struct sums block_sums(const struct sums &own,
                                                unsigned lanes)
{
    __shared__ double first[DET_BLOCK];
    __shared__ double second[DET_BLOCK];
    first[threadIdx.x] = own.first;
    second[threadIdx.x] = own.second;
    __syncthreads();
    struct sums all = own;
    for (unsigned i = threadIdx.x + lanes; i < DET_BLOCK; i += lanes) {
        all.first += first[i];
        all.second += second[i];
    }
    return all;
}

/* partial is [shares, 2, C] */
static inline __device__ void store_sums(double *partial,
                                         const struct sums &own,
                                         const struct walk &walk,
                                         int32_t channels, unsigned lanes)
{
    const struct sums all = block_sums(own, lanes);
    if (threadIdx.x < lanes && walk.channel < channels) {
        double *to = partial + (int64_t)blockIdx.y * 2 * channels;
        to[walk.channel] = all.first;
        to[channels + walk.channel] = all.second;
    }
}

static inline __device__ int32_t finish_channel(void)
{
    return (int32_t)(blockIdx.x * FINISH_LANES + threadIdx.x % FINISH_LANES);
}

/* Those of all blocks; for the first FINISH_LANES threads. */
static inline __device__ struct sums
joined_sums(const double *partial, unsigned shares, int32_t channels)
{
    const int32_t channel = finish_channel();
    struct sums own = {0.0, 0.0};
    for (unsigned i = threadIdx.x / FINISH_LANES;
         i < shares && channel < channels; i += DET_BLOCK / FINISH_LANES) {
        const double *from = partial + (int64_t)i * 2 * channels + channel;
        own.first += from[0];
        own.second += from[channels];
    }
    return block_sums(own, FINISH_LANES);
}

static inline __device__ bool finishes(int32_t channels)
{
    return threadIdx.x < FINISH_LANES && finish_channel() < channels;
}

static inline unsigned finish_blocks(int32_t channels)
{
    return (unsigned)(channels + FINISH_LANES - 1) / FINISH_LANES;
}

static inline size_t partial_count(const struct det_tensor *in)
{
    return (size_t)tiling_of(in).shares * 2 * (size_t)in->c;
}

/* ----------------------------------------------------------------- the norm */

/* The norm as one product and one sum. */
struct affine {
    float scale, shift;
};

static inline __device__ struct affine
affine_of(float weight, float bias, float mean, float variance, float eps)
{
    const float scale = weight / sqrtf(variance + eps);
    return {scale, bias - mean * scale};
}

#endif
