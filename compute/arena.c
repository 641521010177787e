/* SPDX-License-Identifier: MIT */
#include "compute/arena.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/checked.h"

enum { ALIGNMENT = 64 };

/* Where a planning arena pretends to lie: not NULL, never touched. */
static unsigned char *arena_base(const struct det_arena *arena)
{
    return arena->memory ? arena->memory
                         : (unsigned char *)(uintptr_t)ALIGNMENT;
}

void det_arena_plan(struct det_arena *arena)
{
    memset(arena, 0, sizeof *arena);
    arena->capacity = SIZE_MAX;
}

void det_arena_use(struct det_arena *arena, void *memory, size_t capacity)
{
    memset(arena, 0, sizeof *arena);
    arena->memory = memory;
    arena->capacity = capacity;
}

/* First gap of `bytes`; *index is where the block goes in the list. */
static size_t find_gap(const struct det_arena *arena, size_t bytes, int *index)
{
    size_t begin = 0;
    for (*index = 0; *index < arena->count; (*index)++) {
        const struct det_arena_block *block = &arena->blocks[*index];
        if (block->begin - begin >= bytes)
            break;
        begin = block->end;
    }
    return begin;
}

det_status det_arena_take(struct det_arena *arena, void *out, size_t count,
                          size_t size, struct det_message *message)
{
    size_t bytes, end;
    int index;
    if (!det_checked_mul(&bytes, count, size) ||
        !det_checked_round_up(&bytes, bytes ? bytes : 1, ALIGNMENT))
        return det_fail_memory(message, SIZE_MAX);
    const size_t begin = find_gap(arena, bytes, &index);
    if (arena->count == DET_ARENA_BLOCKS ||
        !det_checked_add(&end, begin, bytes) || end > arena->capacity)
        return det_fail_memory(message, bytes);

    memmove(&arena->blocks[index + 1], &arena->blocks[index],
            (size_t)(arena->count - index) * sizeof arena->blocks[0]);
    arena->blocks[index] = (struct det_arena_block){begin, end, 1};
    arena->count++;
    if (end > arena->peak)
        arena->peak = end;
    const uintptr_t address = (uintptr_t)arena_base(arena) + begin;
    memcpy(out, &address, sizeof address);
    return DET_OK;
}

/* The block that begins at `pointer`; arena->count when there is none. */
static int find_block(const struct det_arena *arena, const void *pointer)
{
    const size_t begin = (uintptr_t)pointer - (uintptr_t)arena_base(arena);
    int low = 0, high = arena->count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (arena->blocks[middle].begin < begin)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < arena->count && arena->blocks[low].begin == begin;
    assert(found && "not a block of this arena");
    return found ? low : arena->count;
}

void det_arena_hold(struct det_arena *arena, const void *pointer)
{
    const int index = pointer ? find_block(arena, pointer) : arena->count;
    if (index < arena->count)
        arena->blocks[index].owners++;
}

bool det_arena_is_sole(const struct det_arena *arena, const void *pointer)
{
    const int index = pointer ? find_block(arena, pointer) : arena->count;
    return index < arena->count && arena->blocks[index].owners == 1;
}

void det_arena_give(struct det_arena *arena, const void *pointer)
{
    const int index = pointer ? find_block(arena, pointer) : arena->count;
    if (index == arena->count || --arena->blocks[index].owners > 0)
        return;
    arena->count--;
    memmove(&arena->blocks[index], &arena->blocks[index + 1],
            (size_t)(arena->count - index) * sizeof arena->blocks[0]);
}
