/* SPDX-License-Identifier: MIT */
/* Stable order by score, greatest first: numpy's argsort(-scores,
 * kind="mergesort"). */
#ifndef EVAL_SCORE_SORT_H
#define EVAL_SCORE_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/message.h"

struct det_score_entry {
    uint64_t key; /* ascending where scores descend */
    uint32_t index;
};

/* Memory, used again.  Zeroed is empty. */
struct det_score_sorter {
    struct det_score_entry *entries, *spare;
    uint32_t *order;
    size_t capacity;
};

det_status det_score_sorter_reserve(struct det_score_sorter *sorter,
                                    size_t count, struct det_message *message);

/* Scores are finite; -0 equals 0. */
static inline void det_score_sorter_put(struct det_score_sorter *sorter,
                                        size_t index, double score)
{
    const double value = 0.0 - score; /* never -0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    sorter->entries[index] = (struct det_score_entry){bits, (uint32_t)index};
}

/* The indices of the `count` entries put, in order; valid until the next
 * reserve. */
const uint32_t *det_score_sort(struct det_score_sorter *sorter, size_t count);

void det_score_sorter_destroy(struct det_score_sorter *sorter);

#endif
