/* SPDX-License-Identifier: MIT */
/*
 * The gradient of a map that regions (RoIs) were read from.
 *
 * Regions overlap, so that threads of theirs would add to one element of the
 * map in any order.  Here each element belongs to one thread, which goes
 * through the regions in order.  Most regions are far from it: the threads of
 * a block, whose places lie together, first find out between them which
 * regions reach any of these, and leave a bit for each.
 *
 * `Regions` is a struct with `element`, the type of the elements of map and
 * regions, and two functions:
 *   bool reaches(int32_t r, const struct det_map_tile *tile) const
 *       whether region r may have been read from places of the tile;
 *   void add(float *sums, int32_t r, const struct det_map_element *e) const
 *       adds what region r read from the place, to the thread's channels.
 */
#ifndef COMPUTE_CUDA_REGION_GATHER_CUDA_H
#define COMPUTE_CUDA_REGION_GATHER_CUDA_H

#include "base/on_device.h"
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/near_cuda.h"

enum {
    DET_TILE_WIDTH = 4, /* places */
    DET_TILE_LANES = DET_BLOCK / DET_TILE_WIDTH,
    /* A thread's channels, DET_TILE_LANES apart: where a sample lies is found
     * once for all of them. */
    DET_LANE_CHANNELS = 4,
    DET_TILE_CHANNELS = DET_TILE_LANES * DET_LANE_CHANNELS,
    DET_BITS = 32,
    DET_REGION_WORDS = 32,
    DET_REGIONS_AT_ONCE = DET_REGION_WORDS * DET_BITS
};

/* Places (y, x..end) and channels from `channel` on of one image's map. */
struct det_map_tile {
    int32_t image, y, x, end;
    int32_t channel;
};

/* One thread's: its channels are `channel`, `channel` + DET_TILE_LANES, ...,
 * as many as are `left` behind the first. */
struct det_map_element {
    int32_t image, y, x;
    int32_t channel, left;
};

static inline DET_ON_DEVICE int64_t det_map_tiles(const struct det_tensor *map)
{
    const int64_t across = (map->w + DET_TILE_WIDTH - 1) / DET_TILE_WIDTH;
    const int64_t deep = (map->c + DET_TILE_CHANNELS - 1) / DET_TILE_CHANNELS;
    return (int64_t)map->n * map->h * across * deep;
}

static __device__ struct det_map_tile
det_map_tile_at(const struct det_tensor *map, int64_t index)
{
    const int32_t across = (map->w + DET_TILE_WIDTH - 1) / DET_TILE_WIDTH;
    const int32_t deep = (map->c + DET_TILE_CHANNELS - 1) / DET_TILE_CHANNELS;
    struct det_map_tile tile;
    tile.channel = (int32_t)(index % deep) * DET_TILE_CHANNELS;
    index /= deep;
    tile.x = (int32_t)(index % across) * DET_TILE_WIDTH;
    tile.end =
        tile.x + DET_TILE_WIDTH < map->w ? tile.x + DET_TILE_WIDTH : map->w;
    index /= across;
    tile.y = (int32_t)(index % map->h);
    tile.image = (int32_t)(index / map->h);
    return tile;
}

/* None left for threads behind the map's border. */
static __device__ struct det_map_element
det_map_element_of(const struct det_map_tile *tile, int32_t channels)
{
    struct det_map_element e;
    e.image = tile->image;
    e.y = tile->y;
    e.x = tile->x + (int32_t)threadIdx.x / DET_TILE_LANES;
    e.channel = tile->channel + (int32_t)threadIdx.x % DET_TILE_LANES;
    e.left = e.x < tile->end ? channels - e.channel : 0;
    return e;
}

/* sums += weight * those of `from` that are the element's; `from` has its first
 * channel. */
template <typename T>
static __device__ void det_add_channels(float *sums, float weight,
                                        const T *from,
                                        const struct det_map_element *e)
{
    for (int j = 0; j < DET_LANE_CHANNELS; j++)
        if (j * DET_TILE_LANES < e->left)
            sums[j] += weight * (float)from[j * DET_TILE_LANES];
}

/* Bit i of `reached`: region first + i reaches the tile.  Each bit is added
 * once, so that the order does not matter. */
template <typename Regions>
static __device__ void det_find_regions(unsigned *reached, int32_t first,
                                        int32_t end, const Regions *regions,
                                        const struct det_map_tile *tile)
{
    __syncthreads();
    if (threadIdx.x < DET_REGION_WORDS)
        reached[threadIdx.x] = 0;
    __syncthreads();
    for (int32_t r = first + (int32_t)threadIdx.x; r < end; r += DET_BLOCK)
        if (regions->reaches(r, tile))
            atomicAdd(&reached[(r - first) / DET_BITS],
                      1U << ((r - first) % DET_BITS));
    __syncthreads();
}

template <typename Regions>
static __device__ void det_add_regions(float *sums, const unsigned *reached,
                                       int32_t first, const Regions *regions,
                                       const struct det_map_element *e)
{
    for (int32_t word = 0; word < DET_REGION_WORDS; word++) {
        int32_t r = first + word * DET_BITS;
        for (unsigned bits = reached[word]; bits != 0; bits >>= 1, r++)
            if (bits & 1)
                regions->add(sums, r, e);
    }
}

template <typename Regions>
static __global__ void det_gather_regions(struct det_gradient to, int32_t count,
                                          Regions regions)
{
    using T = typename Regions::element;
    __shared__ unsigned reached[DET_REGION_WORDS];
    const struct det_tensor *map = &to.tensor;
    const int64_t tiles = det_map_tiles(map);
    for (int64_t i = blockIdx.x; i < tiles; i += gridDim.x) {
        const struct det_map_tile tile = det_map_tile_at(map, i);
        const struct det_map_element e = det_map_element_of(&tile, map->c);
        T *at = det_elements<T>(*map) +
                (((int64_t)e.image * map->h + e.y) * map->w + e.x) * map->c +
                e.channel;
        float sums[DET_LANE_CHANNELS] = {0.0f};
        for (int j = 0; to.add && j < DET_LANE_CHANNELS; j++)
            if (j * DET_TILE_LANES < e.left)
                sums[j] = (float)at[j * DET_TILE_LANES];
        for (int32_t first = 0; first < count; first += DET_REGIONS_AT_ONCE) {
            const int32_t end = count - first < DET_REGIONS_AT_ONCE
                                    ? count
                                    : first + DET_REGIONS_AT_ONCE;
            det_find_regions(reached, first, end, &regions, &tile);
            if (e.left > 0)
                det_add_regions(sums, reached, first, &regions, &e);
        }
        for (int j = 0; j < DET_LANE_CHANNELS; j++)
            if (j * DET_TILE_LANES < e.left)
                at[j * DET_TILE_LANES] = T(sums[j]);
    }
}

/* Put on the stream; `count` regions. */
template <typename Regions>
static void det_launch_gather(struct det_compute *compute,
                              const struct det_gradient *to, int32_t count,
                              const Regions &regions)
{
    const int64_t tiles = det_map_tiles(&to->tensor);
    const int64_t most = DET_MOST_BLOCKS;
    const int64_t blocks = tiles < most ? tiles : most;
    if (blocks > 0)
        DET_LAUNCH_BLOCKS(det_gather_regions<Regions>, (unsigned)blocks,
                          DET_BLOCK, compute->device->stream, *to, count,
                          regions);
}

#endif
