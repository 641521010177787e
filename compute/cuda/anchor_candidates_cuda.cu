/* SPDX-License-Identifier: MIT */
/*
 * compute/cpu/anchor_candidates_cpu.c.  The best k of each level by radix: a
 * histogram of the entries' leading bits tells in which bucket the k-th lies;
 * then the same for the next bits of that bucket's entries.  An entry is a key
 * with the anchor's index behind it (geometry/score_order.h), so that ties are
 * told apart by the same steps, where there are any.  All levels go side by
 * side.
 */
#include "compute/cuda/carve_cuda.h"
#include "compute/cuda/kernel_cuda.h"
#include "compute/cuda/place_cuda.h"

#include "compute/cuda/compact_cuda.h"

extern "C" {
#include "compute/anchor_rule.h"
#include "compute/cuda/sort_cuda.h"
#include "geometry/score_order.h"
}

enum { BUCKET_BITS = 11, BUCKETS = 1 << BUCKET_BITS, STEPS = 6 };
enum { BUCKETS_OF_THREAD = BUCKETS / DET_BLOCK };

/* The lowest of the bits that step i looks at: 11, 11 and 10 of each half. */
static const int shifts[STEPS] = {53, 42, 32, 21, 10, 0};
static const int widths[STEPS] = {11, 11, 10, 11, 11, 10};

struct anchor_digit {
    int shift, width;
};

/* How far the search is in a level. */
struct anchor_rank {
    uint64_t prefix; /* the k-th entry's bits that are known */
    uint64_t last;   /* once `ends`: nothing above it is chosen */
    int32_t left;    /* to be chosen among those of the prefix */
    int32_t found;   /* written to `chosen` */
    bool ends;
};

struct anchor_search {
    struct anchor_rank *ranks; /* [levels] */
    uint32_t *histograms;      /* [levels, BUCKETS], 0 before each step */
    uint32_t *keys;            /* [anchors of all levels] */
    int32_t *tiles;            /* of det_compact */
    struct det_sort_runs chosen;
    int64_t first[DET_MAX_LEVELS + 1]; /* anchor of each level in keys */
    int32_t slots;                     /* all that are chosen */
};

/* ----------------------------------------------------------- the k greatest */

static __device__ int level_of(const struct anchor_search *w, int64_t anchor)
{
    int level = 0;
    while (anchor >= w->first[level + 1])
        level++;
    return level;
}

static __device__ uint64_t entry_of(const struct anchor_search *w, int level,
                                    int64_t index)
{
    return det_order_entry(w->keys[w->first[level] + index], (size_t)index);
}

static __global__ void begin(struct det_anchor_candidates op,
                             struct anchor_search w)
{
    const int64_t buckets = (int64_t)op.num_levels * BUCKETS;
    DET_EACH_ELEMENT (i, buckets) {
        w.histograms[i] = 0;
    }
    DET_EACH_ELEMENT (l, op.num_levels) {
        struct anchor_rank *rank = &w.ranks[l];
        rank->prefix = 0;
        rank->last = UINT64_MAX;
        rank->left = w.chosen.size[l];
        rank->found = 0;
        rank->ends = rank->left == w.first[l + 1] - w.first[l];
    }
    DET_EACH_ELEMENT (i, w.first[op.num_levels]) {
        const int l = level_of(&w, i);
        const int32_t index = (int32_t)(i - w.first[l]);
        w.keys[i] = det_score_key(det_anchor_rank(&op, &op.levels[l], index));
    }
}

/* Of level blockIdx.y. */
static __global__ void count_buckets(struct anchor_search w,
                                     struct anchor_digit bits)
{
    __shared__ uint32_t room[BUCKETS];
    const int level = (int)blockIdx.y;
    const struct anchor_rank rank = w.ranks[level];
    if (rank.ends)
        return;
    for (int b = (int)threadIdx.x; b < BUCKETS; b += DET_BLOCK)
        room[b] = 0;
    __syncthreads();
    const bool all = bits.shift + bits.width == 64;
    DET_EACH_ELEMENT (i, w.first[level + 1] - w.first[level]) {
        const uint64_t entry = entry_of(&w, level, i) >> bits.shift;
        if (all || entry >> bits.width == rank.prefix)
            atomicAdd(&room[entry & ((1u << bits.width) - 1)], 1u);
    }
    __syncthreads();
    uint32_t *histogram = w.histograms + (int64_t)level * BUCKETS;
    for (int b = (int)threadIdx.x; b < BUCKETS; b += DET_BLOCK)
        if (room[b] > 0)
            atomicAdd(&histogram[b], room[b]);
}

/* Whose buckets have the k-th entry looks in which of them it is. */
static __device__ void descend(struct anchor_rank *rank,
                               const uint32_t *histogram, int bucket,
                               int32_t before, struct anchor_digit bits)
{
    while (before + (int32_t)histogram[bucket] < rank->left)
        before += (int32_t)histogram[bucket++];
    rank->left -= before;
    rank->prefix = rank->prefix << bits.width | (uint64_t)bucket;
    rank->ends = (int32_t)histogram[bucket] == rank->left;
    rank->last = ((rank->prefix + 1) << bits.shift) - 1;
}

/* By one block for each level. */
static __global__ void find_bucket(struct anchor_search w,
                                   struct anchor_digit bits)
{
    __shared__ int32_t room[DET_BLOCK];
    struct anchor_rank *rank = &w.ranks[blockIdx.x];
    const int32_t left = rank->left;
    const int bucket = (int)threadIdx.x * BUCKETS_OF_THREAD;
    uint32_t *histogram = w.histograms + (int64_t)blockIdx.x * BUCKETS;
    int32_t own = 0, all;
    if (rank->ends)
        return;
    for (int b = bucket; b < bucket + BUCKETS_OF_THREAD; b++)
        own += (int32_t)histogram[b];
    const int32_t before = det_block_prefix(own, room, &all);
    if (before < left && before + own >= left)
        descend(rank, histogram, bucket, before, bits);
    for (int b = bucket; b < bucket + BUCKETS_OF_THREAD; b++)
        histogram[b] = 0;
}

/* In any order. */
static __global__ void choose(struct anchor_search w, int num_levels)
{
    DET_EACH_ELEMENT (i, w.first[num_levels]) {
        const int l = level_of(&w, i);
        const uint64_t entry = entry_of(&w, l, i - w.first[l]);
        if (entry <= w.ranks[l].last)
            w.chosen
                .entries[w.chosen.begin[l] + atomicAdd(&w.ranks[l].found, 1)] =
                entry;
    }
}

/* ------------------------------------------------------------- their boxes */

struct chosen_anchors {
    struct det_anchor_candidates op;
    struct det_sort_runs runs;

    __device__ bool make(struct det_candidate *out, int64_t slot) const
    {
        int level = 0;
        while (slot >= runs.begin[level] + runs.size[level])
            level++;
        out->group = level;
        out->place = (int32_t)(uint32_t)runs.entries[slot];
        return det_anchor_propose(&out->box, &out->score, &op,
                                  &op.levels[level], out->place);
    }
};

/* ----------------------------------------------------------------- the slot */

/* Blocks for each level's histogram, that have so many anchors each. */
enum { ANCHORS_OF_BLOCK = 16 * DET_BLOCK };

static size_t lay_out(struct anchor_search *w,
                      const struct det_anchor_candidates *op, void *scratch)
{
    struct det_carver carver = {(unsigned char *)scratch, 0};
    *w = {};
    w->chosen.num = op->num_levels;
    for (int i = 0; i < op->num_levels; i++) {
        const struct det_anchor_level *level = &op->levels[i];
        w->first[i + 1] = w->first[i] + det_level_anchors(level);
        w->chosen.begin[i] = w->slots;
        w->chosen.size[i] = (int32_t)det_level_most(op, level);
        w->slots += w->chosen.size[i];
    }
    const size_t levels = (size_t)op->num_levels;
    det_carve(&carver, &w->ranks, levels);
    det_carve(&carver, &w->histograms, levels * BUCKETS);
    det_carve(&carver, &w->keys, (size_t)w->first[levels]);
    det_carve(&carver, &w->tiles, (size_t)det_compact_tiles(w->slots));
    det_carve(&carver, &w->chosen.entries, (size_t)w->slots);
    return carver.used;
}

static unsigned histogram_blocks(const struct anchor_search *w)
{
    int64_t most = 1;
    for (int i = 0; i < w->chosen.num; i++) {
        const int64_t anchors = w->first[i + 1] - w->first[i];
        most = anchors > most ? anchors : most;
    }
    return det_blocks((most + ANCHORS_OF_BLOCK - 1) / ANCHORS_OF_BLOCK *
                      DET_BLOCK);
}

static void search(struct det_compute *compute, const struct anchor_search *w)
{
    const cudaStream_t stream = compute->device->stream;
    const unsigned levels = (unsigned)w->chosen.num;
    const dim3 blocks(histogram_blocks(w), levels);
    for (int i = 0; i < STEPS; i++) {
        const struct anchor_digit bits = {shifts[i], widths[i]};
        DET_LAUNCH_BLOCKS(count_buckets, blocks, DET_BLOCK, stream, *w, bits);
        DET_LAUNCH_BLOCKS(find_bucket, levels, DET_BLOCK, stream, *w, bits);
    }
    DET_LAUNCH_EACH(choose, w->first[levels], compute, *w, (int)levels);
}

extern "C" {

size_t
det_anchor_candidates_scratch_cuda(const struct det_anchor_candidates *op)
{
    struct anchor_search w;
    return lay_out(&w, op, NULL);
}

det_status det_anchor_candidates_cuda(struct det_compute *compute,
                                      const struct det_anchor_candidates *op,
                                      void *scratch)
{
    struct anchor_search w;
    lay_out(&w, op, scratch);
    if (op->num_levels > 0) {
        DET_LAUNCH_EACH(begin, w.first[op->num_levels], compute, *op, w);
        search(compute, &w);
        DET_TRY(det_sort_runs_cuda(compute, &w.chosen));
    }
    const struct chosen_anchors source = {*op, w.chosen};
    det_compact(compute, source, w.slots, w.tiles, &op->out);
    return det_launched(compute, "anchor_candidates");
}

} /* extern "C" */
