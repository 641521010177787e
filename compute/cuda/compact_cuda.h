/* SPDX-License-Identifier: MIT */
/*
 * Candidates from places of which only some hold one, in the order of places:
 * each block counts its own, the counts are summed up, and each block writes
 * behind those before it, as far as there is room.
 */
#ifndef COMPUTE_CUDA_COMPACT_CUDA_H
#define COMPUTE_CUDA_COMPACT_CUDA_H

#include "compute/cuda/place_cuda.h"
#include "compute/cuda/prefix_cuda.h"

struct det_candidate {
    struct det_box box;
    float score;
    int32_t group, place;
};

static inline int64_t det_compact_tiles(int64_t slots)
{
    return (slots + DET_BLOCK - 1) / DET_BLOCK;
}

/* A Source has `bool make(struct det_candidate *, int64_t slot)` const. */
template <typename Source>
static __global__ void det_compact_count(Source source, int64_t slots,
                                         int32_t *tiles)
{
    __shared__ int32_t room[DET_BLOCK];
    const int64_t count = det_quotient(slots + DET_BLOCK - 1, DET_BLOCK);
    for (int64_t tile = blockIdx.x; tile < count; tile += gridDim.x) {
        const int64_t slot = tile * DET_BLOCK + threadIdx.x;
        struct det_candidate one;
        const int32_t mine = slot < slots && source.make(&one, slot);
        const int32_t all = det_block_sum(mine, room);
        if (threadIdx.x == 0)
            tiles[tile] = all;
    }
}

/* By one block: what is before each tile, and the sum of all, `most` at most.
 */
static __global__ void det_compact_sum(int32_t *tiles, int64_t count,
                                       int32_t *sum, int32_t most)
{
    __shared__ int32_t room[DET_BLOCK];
    int32_t before = 0, all;
    for (int64_t first = 0; first < count; first += DET_BLOCK) {
        const int64_t tile = first + threadIdx.x;
        const int32_t own = tile < count ? tiles[tile] : 0;
        const int32_t others = det_block_prefix(own, room, &all);
        if (tile < count)
            tiles[tile] = before + others;
        before += all;
    }
    if (threadIdx.x == 0)
        *sum = before < most ? before : most;
}

template <typename Source>
static __global__ void det_compact_write(Source source, int64_t slots,
                                         const int32_t *tiles,
                                         struct det_candidates out)
{
    __shared__ int32_t room[DET_BLOCK];
    const int64_t count = det_quotient(slots + DET_BLOCK - 1, DET_BLOCK);
    for (int64_t tile = blockIdx.x; tile < count; tile += gridDim.x) {
        const int64_t slot = tile * DET_BLOCK + threadIdx.x;
        struct det_candidate one;
        const bool is = slot < slots && source.make(&one, slot);
        int32_t all;
        const int32_t at = tiles[tile] + det_block_prefix(is, room, &all);
        if (!is || at >= out.capacity)
            continue;
        out.boxes[at] = one.box;
        out.scores[at] = one.score;
        out.groups[at] = one.group;
        out.places[at] = one.place;
    }
}

/* `tiles` has room for det_compact_tiles(slots). */
template <typename Source>
static void det_compact(struct det_compute *compute, const Source &source,
                        int64_t slots, int32_t *tiles,
                        const struct det_candidates *out)
{
    const cudaStream_t stream = compute->device->stream;
    const int64_t count = det_compact_tiles(slots);
    if (count > 0)
        DET_LAUNCH_BLOCKS(det_compact_count<Source>, det_blocks(slots),
                          DET_BLOCK, stream, source, slots, tiles);
    DET_LAUNCH_BLOCKS(det_compact_sum, 1, DET_BLOCK, stream, tiles, count,
                      out->count, out->capacity);
    if (count > 0)
        DET_LAUNCH_BLOCKS(det_compact_write<Source>, det_blocks(slots),
                          DET_BLOCK, stream, source, slots,
                          (const int32_t *)tiles, *out);
}

#endif
