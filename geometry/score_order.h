/* SPDX-License-Identifier: MIT */
/*
 * Order by score without comparisons and without the heap: a score becomes an
 * integer key, an entry is key << 32 | index, and entries are sorted by radix.
 */
#ifndef GEOMETRY_SCORE_ORDER_H
#define GEOMETRY_SCORE_ORDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/on_device.h"

/* Lower for a greater score; equal for -0 and +0; greatest for every NaN. */
static inline DET_ON_DEVICE uint32_t det_score_key(float score)
{
    const float value = score + 0.0f; /* -0 becomes +0 */
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t negative = -(bits >> 31); /* all ones or 0 */
    const uint32_t key = bits ^ (~negative & 0x7fffffffu);
    return value == value ? key : UINT32_MAX;
}

static inline DET_ON_DEVICE uint64_t det_order_entry(uint32_t key, size_t index)
{
    return (uint64_t)key << 32 | (uint32_t)index;
}

/* Sort entries [count] by key, entries of the same key staying in their order.
 * `spare` [count] is scratch memory.  count <= UINT32_MAX. */
void det_order_sort(uint64_t *entries, uint64_t *spare, size_t count);

#endif
