/* SPDX-License-Identifier: MIT */
/*
 * Radix selection: a histogram of the keys' leading bits tells in which bucket
 * the k-th greatest score lies; what lies behind that bucket is dropped.  The
 * same for the following bits, then only k entries remain to be sorted.
 */
#include "geometry/top_k.h"

#include <assert.h>

#include "geometry/score_order.h"

enum { BUCKETS = 1 << 11 };

/* The key's bits 31..21, 20..10 and 9..0 are looked at in turn. */
static const int shifts[] = {21, 10, 0};
enum { STEPS = sizeof shifts / sizeof *shifts };

/* Where the k-th entry is: in `bucket`, with `before` entries in lower ones. */
struct rank {
    uint32_t bucket;
    size_t before;
};

static struct rank find_rank(const uint32_t *histogram, size_t k)
{
    struct rank rank = {0};
    while (rank.before + histogram[rank.bucket] < k)
        rank.before += histogram[rank.bucket++];
    return rank;
}

/* Entries of the scores whose leading bits place them among the first k or in
 * the k-th one's bucket; in order of index. */
static size_t select_scores(uint64_t *entries, struct rank *rank,
                            const float *scores, size_t count, size_t k)
{
    uint32_t histogram[BUCKETS] = {0};
    for (size_t i = 0; i < count; i++)
        histogram[det_score_key(scores[i]) >> shifts[0]]++;
    *rank = find_rank(histogram, k);

    size_t selected = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t key = det_score_key(scores[i]);
        entries[selected] = det_order_entry(key, i);
        selected += key >> shifts[0] <= rank->bucket; /* without a branch */
    }
    return selected;
}

/* One step further: of the entries that share the k-th one's bits above
 * `shift + width`, look at the next bits.  `prefix` is those shared bits. */
static size_t refine(uint64_t *entries, size_t count, size_t k, int step,
                     uint32_t *prefix, size_t *before)
{
    const int shift = shifts[step];
    const int width = shifts[step - 1] - shift;
    const uint32_t mask = (1u << width) - 1;
    uint32_t histogram[BUCKETS] = {0};
    for (size_t i = 0; i < count; i++) {
        const uint32_t key = (uint32_t)(entries[i] >> 32);
        if (key >> (shift + width) == *prefix)
            histogram[key >> shift & mask]++;
    }
    const struct rank rank = find_rank(histogram, k - *before);
    *prefix = *prefix << width | rank.bucket;
    *before += rank.before;

    size_t selected = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t entry = entries[i];
        entries[selected] = entry;
        selected += (uint32_t)(entry >> 32) >> shift <= *prefix;
    }
    return selected;
}

/* Of the entries that equal the k-th one, keep those of the lowest indices. */
static void drop_ties(uint64_t *entries, size_t count, size_t ties,
                      uint32_t last_key)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if ((uint32_t)(entries[i] >> 32) == last_key) {
            if (ties == 0)
                continue;
            ties--;
        }
        entries[kept++] = entries[i];
    }
}

size_t det_top_k_scratch_size(size_t count, size_t k)
{
    const size_t found = k < count ? k : count;
    return (count + 1 + found) * sizeof(uint64_t); /* + 1: written past */
}

size_t det_top_k(int32_t *indices, const float *scores, size_t count, size_t k,
                 void *scratch)
{
    assert(count <= INT32_MAX);
    if (k > count)
        k = count;
    if (k == 0)
        return 0;
    uint64_t *entries = scratch;
    uint64_t *spare = entries + count + 1;

    struct rank rank;
    size_t selected = select_scores(entries, &rank, scores, count, k);
    uint32_t prefix = rank.bucket;
    size_t before = rank.before;
    for (int step = 1; step < STEPS; step++)
        selected = refine(entries, selected, k, step, &prefix, &before);
    drop_ties(entries, selected, k - before, prefix);

    det_order_sort(entries, spare, k);
    for (size_t i = 0; i < k; i++)
        indices[i] = (int32_t)(uint32_t)entries[i];
    return k;
}
