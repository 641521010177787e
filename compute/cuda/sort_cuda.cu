/* SPDX-License-Identifier: MIT */
/*
 * A bitonic network, whose comparisons all rise: the first of each size mirrors
 * the upper half.  So entries behind the last need not be there: they would be
 * greater than all and never move.  Up to TILE entries, one block has them in
 * shared memory; larger sizes begin with comparisons far apart.
 */
#include "compute/cuda/kernel_cuda.h"

extern "C" {
#include "compute/cuda/sort_cuda.h"
}

enum { TILE = 4096, SORTERS = 512 /* threads */ };

static __device__ int64_t run_size(const struct det_sort_runs *runs, int run)
{
    return runs->count ? *runs->count : runs->size[run];
}

static __device__ void exchange(uint64_t *entries, int64_t low, int64_t high,
                                int64_t count)
{
    if (high >= count || entries[low] < entries[high])
        return;
    const uint64_t greater = entries[low];
    entries[low] = entries[high];
    entries[high] = greater;
}

/* Comparison number `pair` of a step: of entries 2^k = stride apart, or of the
 * mirror images in 2 * stride entries. */
static __device__ void compare_pair(uint64_t *entries, int64_t pair,
                                    int64_t stride, bool mirrors, int64_t count)
{
    const int64_t at = pair & (stride - 1);
    const int64_t first = 2 * (pair - at);
    const int64_t low = first + at;
    exchange(entries, low, mirrors ? first + 2 * stride - 1 - at : low + stride,
             count);
}

/* Steps of strides from `stride` down to 1, of a block's entries. */
static __device__ void merge_tile(uint64_t *entries, int stride, bool mirrors,
                                  int count)
{
    for (; stride > 0; stride /= 2) {
        for (int pair = (int)threadIdx.x; pair < TILE / 2; pair += SORTERS)
            compare_pair(entries, pair, stride, mirrors, count);
        mirrors = false;
        __syncthreads();
    }
}

/* Runs are read where the launch put them (__grid_constant__): since they are
 * read at an index, each thread would make a copy in its memory first. */

/* Of tile blockIdx.x of run blockIdx.y: sorted from scratch, or the last steps
 * of a `size` of more than a tile. */
static __global__ void sort_tile(const __grid_constant__ det_sort_runs runs,
                                 int64_t size)
{
    __shared__ uint64_t room[TILE];
    const int64_t all = run_size(&runs, (int)blockIdx.y);
    const int64_t first = (int64_t)blockIdx.x * TILE;
    const bool sorted = size > TILE && size / 2 >= all;
    if (first >= all || sorted)
        return;
    const int64_t rest = all - first;
    const int count = rest < TILE ? (int)rest : (int)TILE;
    uint64_t *entries = runs.entries + runs.begin[blockIdx.y] + first;
    for (int i = (int)threadIdx.x; i < count; i += SORTERS)
        room[i] = entries[i];
    __syncthreads();
    if (size > TILE)
        merge_tile(room, TILE / 2, false, count);
    else
        for (int half = 1; half < count; half *= 2)
            merge_tile(room, half, true, count);
    for (int i = (int)threadIdx.x; i < count; i += SORTERS)
        entries[i] = room[i];
}

/* One step of entries a tile or more apart. */
static __global__ void sort_far(const __grid_constant__ det_sort_runs runs,
                                int64_t size, int64_t stride)
{
    const int64_t count = run_size(&runs, (int)blockIdx.y);
    if (size / 2 >= count)
        return;
    uint64_t *entries = runs.entries + runs.begin[blockIdx.y];
    const int64_t pairs = (count + size - 1) / size * (size / 2);
    DET_EACH_ELEMENT (pair, pairs) {
        compare_pair(entries, pair, stride, stride == size / 2, count);
    }
}

det_status det_sort_runs_cuda(struct det_compute *compute,
                              const struct det_sort_runs *runs)
{
    const cudaStream_t stream = compute->device->stream;
    const unsigned num = (unsigned)runs->num;
    int64_t most = 1;
    for (int i = 0; i < runs->num; i++)
        most = runs->size[i] > most ? runs->size[i] : most;
    const dim3 tiles((unsigned)((most + TILE - 1) / TILE), num);
    const dim3 pairs(det_blocks(most / 2), num);
    DET_LAUNCH_BLOCKS(sort_tile, tiles, SORTERS, stream, *runs, (int64_t)TILE);
    for (int64_t size = 2 * TILE; size / 2 < most; size *= 2) {
        for (int64_t stride = size / 2; stride >= TILE; stride /= 2)
            DET_LAUNCH(sort_far, pairs, DET_BLOCK, stream, *runs, size, stride);
        DET_LAUNCH_BLOCKS(sort_tile, tiles, SORTERS, stream, *runs, size);
    }
    return det_launched(compute, "sort");
}
