/* SPDX-License-Identifier: MIT */
/*
 * geometry/nms.c.  Candidates are sorted, then looked at a chunk at a time:
 * which of them overlap a box that was kept before; which overlap which, as
 * bits; and with those, one block decides who is kept, 64 after the other.
 * How many there are only the device knows: chunks behind the last do nothing.
 */
#include "compute/cuda/carve_cuda.h"
#include "compute/cuda/kernel_cuda.h"

extern "C" {
#include "compute/cuda/sort_cuda.h"
#include "geometry/nms_rule.h"
#include "geometry/score_order.h"
}

enum { WORD = 64 /* bits */, CHUNK = 8192, WORDS = CHUNK / WORD };

/* What lasts from one kernel to the next. */
struct nms_state {
    bool grouped; /* boxes of different groups do not compete */
    bool full;    /* nothing behind is kept */
    bool moved;   /* groups are kept apart by moving boxes... */
    float step;   /* ...by so much each */
    float last;   /* score of the kept box that is the limit's */
};

/* Boxes as they compete. */
struct nms_boxes {
    struct det_box *boxes;
    int32_t *groups;
};

struct nms_work {
    struct det_candidates_nms op;
    float threshold, longer;
    struct nms_state *state;
    uint64_t *entries;       /* [candidates], best first */
    struct nms_boxes sorted; /* [candidates] */
    struct nms_boxes kept;   /* as out */
    int32_t *gone;           /* [chunk]: overlaps one kept before it */
    uint64_t *overlaps;      /* [words of the chunk, chunk]: bit b of (w, i): i
                                overlaps 64 w + b, which is behind it */
    int32_t chunk;           /* CHUNK, or all that there may be */
};

static __device__ int32_t count_of(const struct nms_work *w)
{
    return *w->op.in.count;
}

/* Candidates of the chunk from `first` on; 0 when no more are wanted. */
static __device__ int32_t rows_of(const struct nms_work *w, int32_t first)
{
    const int32_t rest = count_of(w) - first;
    if (rest <= 0 || w->state->full)
        return 0;
    return rest < w->chunk ? rest : w->chunk;
}

/* ------------------------------------------------------------------ sorting */

static __device__ float greatest_of(const struct nms_work *w, float *room)
{
    float greatest = -INFINITY;
    for (int32_t i = (int32_t)threadIdx.x; i < count_of(w); i += DET_BLOCK)
        greatest = det_box_max(greatest, det_box_greatest(w->op.in.boxes[i]));
    room[threadIdx.x] = greatest;
    for (unsigned half = DET_BLOCK / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            room[threadIdx.x] =
                det_box_max(room[threadIdx.x], room[threadIdx.x + half]);
    }
    __syncthreads();
    return room[0];
}

/* By one block. */
static __global__ void begin(struct nms_work w)
{
    __shared__ float room[DET_BLOCK];
    const bool has_groups = !w.op.across_groups;
    const bool moved = det_nms_uses_offsets(w.op.options.batching, has_groups,
                                            (size_t)count_of(&w));
    const float step = moved ? greatest_of(&w, room) + 1 : 0;
    if (threadIdx.x > 0)
        return;
    w.state->grouped = has_groups && !moved;
    w.state->full = false;
    w.state->moved = moved;
    w.state->step = step;
    w.state->last = 0;
    *w.op.out.count = 0;
}

static __global__ void enter(struct nms_work w)
{
    DET_EACH_ELEMENT (i, count_of(&w)) {
        w.entries[i] =
            det_order_entry(det_score_key(w.op.in.scores[i]), (size_t)i);
    }
}

static __device__ int32_t candidate_at(const struct nms_work *w, int64_t rank)
{
    return (int32_t)(uint32_t)w->entries[rank];
}

static __global__ void arrange(struct nms_work w)
{
    const struct det_candidates in = w.op.in;
    DET_EACH_ELEMENT (i, count_of(&w)) {
        const int32_t from = candidate_at(&w, i);
        const int32_t group = in.groups[from];
        const struct det_box box = in.boxes[from];
        w.sorted.boxes[i] =
            w.state->moved ? det_box_moved(box, (float)group * w.state->step)
                           : box;
        w.sorted.groups[i] = w.state->grouped ? group : 0;
    }
}

/* -------------------------------------------------------------- comparisons */

static __device__ bool competes(const struct nms_work *w,
                                const struct nms_boxes *kept, int64_t k,
                                struct det_box box, float area, int32_t group)
{
    if (kept->groups[k] != group)
        return false;
    const struct det_box other = kept->boxes[k];
    return det_nms_hits(other, det_nms_area(other, w->longer), box, area,
                        w->threshold, w->longer > 0);
}

static __global__ void compare_with_kept(struct nms_work w, int32_t first)
{
    const int32_t kept = *w.op.out.count;
    DET_EACH_ELEMENT (i, rows_of(&w, first)) {
        const struct det_box box = w.sorted.boxes[first + i];
        const int32_t group = w.sorted.groups[first + i];
        const float area = det_nms_area(box, w.longer);
        bool gone = false;
        for (int32_t k = 0; k < kept && !gone; k++)
            gone = competes(&w, &w.kept, k, box, area, group);
        w.gone[i] = gone;
    }
}

/* Threads side by side compare different rows with the same columns. */
static __global__ void compare(struct nms_work w, int32_t first)
{
    const int32_t rows = rows_of(&w, first);
    const int64_t words = (rows + WORD - 1) / WORD;
    DET_EACH_ELEMENT (at, words * rows) {
        const int32_t word = (int32_t)at / rows;
        const int32_t row = (int32_t)at - word * rows;
        const int32_t end = rows < (word + 1) * WORD ? rows : (word + 1) * WORD;
        uint64_t bits = 0;
        if (word < row / WORD)
            continue; /* nobody asks */
        for (int32_t i = word * WORD > row ? word * WORD : row + 1; i < end;
             i++) {
            const struct det_box box = w.sorted.boxes[first + i];
            if (competes(&w, &w.sorted, first + row, box,
                         det_nms_area(box, w.longer),
                         w.sorted.groups[first + i]))
                bits |= (uint64_t)1 << (i % WORD);
        }
        w.overlaps[(int64_t)word * w.chunk + row] = bits;
    }
}

/* ---------------------------------------------------------------- decisions */

/* What the threads of the block that decides share. */
struct nms_table {
    uint64_t gone[WORDS];    /* of the chunk */
    uint64_t overlaps[WORD]; /* of 64 candidates with each other */
    uint64_t chosen;         /* of these */
    bool full;
};

/* By one thread: the 64 candidates from `rank` on, `rows` of which there are.
 */
static __device__ void decide(struct nms_work *w, struct nms_table *t,
                              uint64_t gone, int32_t rank, int32_t rows,
                              int32_t kept)
{
    const struct det_nms_options *options = &w->op.options;
    uint64_t chosen = 0;
    t->full = false;
    for (int32_t i = 0; i < rows && i < WORD; i++) {
        const bool full = options->limit > 0 && (size_t)kept >= options->limit;
        const float score = full && options->limit_keeps_ties
                                ? w->op.in.scores[candidate_at(w, rank + i)]
                                : 0;
        if (det_nms_is_past(options->limit, options->limit_keeps_ties,
                            (size_t)kept, w->state->last, score)) {
            t->full = true;
            break;
        }
        if (gone >> i & 1)
            continue;
        chosen |= (uint64_t)1 << i;
        gone |= t->overlaps[i];
        if ((size_t)++kept == options->limit)
            w->state->last = w->op.in.scores[candidate_at(w, rank + i)];
    }
    t->chosen = chosen;
}

static __device__ void keep(const struct nms_work *w, int64_t rank, int32_t at)
{
    const struct det_candidates in = w->op.in, out = w->op.out;
    const int32_t from = candidate_at(w, rank);
    out.boxes[at] = in.boxes[from];
    out.scores[at] = in.scores[from];
    out.groups[at] = in.groups[from];
    out.places[at] = in.places[from];
    w->kept.boxes[at] = w->sorted.boxes[rank];
    w->kept.groups[at] = w->sorted.groups[rank];
}

/* Who overlaps one of the chosen of `word`, in later words. */
static __device__ void spread(const struct nms_work *w, struct nms_table *t,
                              int32_t word, int32_t words, uint64_t chosen)
{
    for (int32_t i = word + 1 + (int32_t)threadIdx.x; i < words;
         i += DET_BLOCK) {
        const uint64_t *overlaps =
            w->overlaps + (int64_t)i * w->chunk + word * WORD;
        uint64_t gone = t->gone[i];
        for (int32_t b = 0; b < WORD; b++)
            if (chosen >> b & 1)
                gone |= overlaps[b];
        t->gone[i] = gone;
    }
}

static __device__ uint64_t gone_before(const struct nms_work *w, int32_t first,
                                       int32_t rows, int32_t word)
{
    uint64_t gone = 0;
    for (int32_t b = 0; first > 0 && b < WORD && word * WORD + b < rows; b++)
        gone |= (uint64_t)(w->gone[word * WORD + b] != 0) << b;
    return gone;
}

/* By one block. */
static __global__ void choose(struct nms_work w, int32_t first)
{
    __shared__ struct nms_table t;
    const int32_t rows = rows_of(&w, first);
    const int32_t words = (rows + WORD - 1) / WORD;
    const int32_t lane = (int32_t)threadIdx.x;
    int32_t kept = *w.op.out.count;
    bool full = false;
    for (int32_t i = lane; i < words; i += DET_BLOCK)
        t.gone[i] = gone_before(&w, first, rows, i);
    for (int32_t word = 0; word < words && !full; word++) {
        const int32_t row = word * WORD + lane;
        if (lane < WORD && row < rows)
            t.overlaps[lane] = w.overlaps[(int64_t)word * w.chunk + row];
        __syncthreads();
        if (lane == 0)
            decide(&w, &t, t.gone[word], first + word * WORD,
                   rows - word * WORD, kept);
        __syncthreads();
        const uint64_t chosen = t.chosen;
        full = t.full;
        if (lane < WORD && chosen >> lane & 1)
            keep(&w, first + row,
                 kept + __popcll(chosen & (((uint64_t)1 << lane) - 1)));
        spread(&w, &t, word, words, chosen);
        kept += __popcll(chosen);
    }
    if (lane == 0 && words > 0) {
        *w.op.out.count = kept;
        w.state->full = full;
    }
}

/* ----------------------------------------------------------------- the slot */

static size_t lay_out(struct nms_work *w, const struct det_candidates_nms *op,
                      void *scratch)
{
    struct det_carver carver = {(unsigned char *)scratch, 0};
    const size_t all = (size_t)op->in.capacity, kept = (size_t)op->out.capacity;
    *w = {};
    w->op = *op;
    w->threshold = det_nms_threshold(op->options.iou_threshold);
    w->longer = (float)op->options.counting;
    w->chunk = op->in.capacity < CHUNK ? op->in.capacity : CHUNK;
    const size_t chunk = (size_t)w->chunk;
    det_carve(&carver, &w->state, 1);
    det_carve(&carver, &w->entries, all);
    det_carve(&carver, &w->sorted.boxes, all);
    det_carve(&carver, &w->sorted.groups, all);
    det_carve(&carver, &w->kept.boxes, kept);
    det_carve(&carver, &w->kept.groups, kept);
    det_carve(&carver, &w->gone, chunk);
    det_carve(&carver, &w->overlaps, (chunk + WORD - 1) / WORD * chunk);
    return carver.used;
}

static void look_at_chunk(struct det_compute *compute, const struct nms_work *w,
                          int32_t first)
{
    const cudaStream_t stream = compute->device->stream;
    const int64_t words = (w->chunk + WORD - 1) / WORD;
    if (first > 0)
        DET_LAUNCH_EACH(compare_with_kept, w->chunk, compute, *w, first);
    DET_LAUNCH_EACH(compare, words * w->chunk, compute, *w, first);
    DET_LAUNCH_BLOCKS(choose, 1, DET_BLOCK, stream, *w, first);
}

extern "C" {

size_t det_nms_scratch_cuda(const struct det_candidates_nms *op)
{
    struct nms_work w;
    return lay_out(&w, op, NULL);
}

det_status det_nms_cuda(struct det_compute *compute,
                        const struct det_candidates_nms *op, void *scratch)
{
    struct nms_work w;
    struct det_sort_runs runs = {};
    const int32_t most = op->in.capacity;
    lay_out(&w, op, scratch);
    runs.entries = w.entries;
    runs.num = 1;
    runs.size[0] = most;
    runs.count = op->in.count;
    DET_LAUNCH_BLOCKS(begin, 1, DET_BLOCK, compute->device->stream, w);
    DET_LAUNCH_EACH(enter, most, compute, w);
    DET_TRY(det_sort_runs_cuda(compute, &runs));
    DET_LAUNCH_EACH(arrange, most, compute, w);
    for (int64_t first = 0; first < most; first += w.chunk)
        look_at_chunk(compute, &w, (int32_t)first);
    return det_launched(compute, "nms");
}

} /* extern "C" */
