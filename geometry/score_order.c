/* SPDX-License-Identifier: MIT */
#include "geometry/score_order.h"

enum { DIGIT_BITS = 8, DIGITS = 4, BUCKETS = 1 << DIGIT_BITS };

static unsigned digit_of(uint64_t entry, int digit)
{
    return (unsigned)(entry >> (32 + DIGIT_BITS * digit)) & (BUCKETS - 1);
}

/* Few entries: shifting them beats clearing and summing the histograms. */
static void sort_by_insertion(uint64_t *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint64_t entry = entries[i];
        size_t at = i;
        for (; at > 0 && entries[at - 1] >> 32 > entry >> 32; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Counts become the place of each bucket's first entry. */
static void sum_up(uint32_t *histogram)
{
    uint32_t start = 0;
    for (int b = 0; b < BUCKETS; b++) {
        const uint32_t count = histogram[b];
        histogram[b] = start;
        start += count;
    }
}

void det_order_sort(uint64_t *entries, uint64_t *spare, size_t count)
{
    if (count < 48) {
        sort_by_insertion(entries, count);
        return;
    }
    uint32_t histograms[DIGITS][BUCKETS] = {0};
    for (size_t i = 0; i < count; i++)
        for (int d = 0; d < DIGITS; d++)
            histograms[d][digit_of(entries[i], d)]++;

    uint64_t *from = entries;
    uint64_t *to = spare;
    for (int d = 0; d < DIGITS; d++) {
        uint32_t *place = histograms[d];
        if (place[digit_of(from[0], d)] == count)
            continue; /* all alike in this digit */
        sum_up(place);
        for (size_t i = 0; i < count; i++)
            to[place[digit_of(from[i], d)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}
