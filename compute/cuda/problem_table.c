/* SPDX-License-Identifier: MIT */
#include "compute/cuda/problem_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

det_status det_problem_table_create(struct det_problem_table *out, size_t size,
                                    struct det_message *message)
{
    *out = (struct det_problem_table){.size = size};
    return det_allocate(&out->problems, DET_PROBLEM_SLOTS, size, message);
}

void det_problem_table_destroy(struct det_problem_table *table)
{
    free(table->problems);
    table->problems = NULL;
}

static unsigned char *problem_in(const struct det_problem_table *table,
                                 int slot)
{
    return table->problems + (size_t)slot * table->size;
}

/* FNV-1a of the bytes, which are all set. */
static uint64_t hash_of(const unsigned char *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash ^ (hash >> 32);
}

int det_problem_table_find(const struct det_problem_table *table,
                           const void *problem)
{
    int slot = (int)(hash_of(problem, table->size) % DET_PROBLEM_SLOTS);
    while (table->known[slot] &&
           memcmp(problem_in(table, slot), problem, table->size) != 0)
        slot = (slot + 1) % DET_PROBLEM_SLOTS;
    return slot;
}

bool det_problem_table_is_full(const struct det_problem_table *table)
{
    return table->count == DET_PROBLEM_SLOTS / 4 * 3;
}

void det_problem_table_clear(struct det_problem_table *table)
{
    memset(table->known, 0, sizeof table->known);
    table->count = 0;
}

void det_problem_table_add(struct det_problem_table *table, int slot,
                           const void *problem)
{
    memcpy(problem_in(table, slot), problem, table->size);
    table->known[slot] = true;
    table->count++;
}
