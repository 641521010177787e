/* SPDX-License-Identifier: MIT */
#include "eval/score_sort.h"

#include <stdlib.h>

#include "base/memory.h"

enum { INSERTION_LENGTH = 24 };

det_status det_score_sorter_reserve(struct det_score_sorter *sorter,
                                    size_t count, struct det_message *message)
{
    if (count <= sorter->capacity)
        return DET_OK;
    const size_t larger = count < 512 ? 512 : 2 * count;
    DET_TRY(det_reallocate(&sorter->entries, larger, sizeof *sorter->entries,
                           message));
    DET_TRY(
        det_reallocate(&sorter->spare, larger, sizeof *sorter->spare, message));
    DET_TRY(
        det_reallocate(&sorter->order, larger, sizeof *sorter->order, message));
    sorter->capacity = larger;
    return DET_OK;
}

static void insertion_sort(struct det_score_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct det_score_entry entry = entries[i];
        size_t at = i;
        for (; at > 0 && entries[at - 1].key > entry.key; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Merge sort with sorted blocks at the bottom. */
static void merge_sort(struct det_score_entry *entries,
                       struct det_score_entry *spare, size_t count)
{
    if (count <= INSERTION_LENGTH) {
        insertion_sort(entries, count);
        return;
    }
    const size_t half = count / 2;
    merge_sort(entries, spare, half);
    merge_sort(entries + half, spare, count - half);
    memcpy(spare, entries, half * sizeof *entries);
    size_t left = 0, right = half, out = 0;
    while (left < half && right < count)
        entries[out++] = entries[right].key < spare[left].key ? entries[right++]
                                                              : spare[left++];
    memcpy(entries + out, spare + left, (half - left) * sizeof *entries);
}

const uint32_t *det_score_sort(struct det_score_sorter *sorter, size_t count)
{
    merge_sort(sorter->entries, sorter->spare, count);
    for (size_t i = 0; i < count; i++)
        sorter->order[i] = sorter->entries[i].index;
    return sorter->order;
}

void det_score_sorter_destroy(struct det_score_sorter *sorter)
{
    free(sorter->entries);
    free(sorter->spare);
    free(sorter->order);
    *sorter = (struct det_score_sorter){0};
}
