/* SPDX-License-Identifier: MIT */
/*
 * One block of memory, sized before a run, from which activations and scratch
 * are taken and to which they return, so that a run needs no heap.
 *
 * Sizing: an arena without memory (det_arena_plan) hands out places that must
 * not be touched and remembers the highest end.  The same sequence of takes
 * and gives then fits a real arena of that size, because the choice of places
 * (first fit) depends on nothing else.
 */
#ifndef COMPUTE_ARENA_H
#define COMPUTE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"

enum { DET_ARENA_BLOCKS = 2048 }; /* that may be out at the same time */

struct det_arena_block {
    size_t begin, end; /* bytes from the start of the arena */
    int owners;        /* it is free when all have returned it */
};

struct det_arena {
    unsigned char *memory; /* NULL: planning */
    size_t capacity;       /* bytes; SIZE_MAX when planning */
    size_t peak;           /* highest end of any block so far, bytes */
    int count;
    struct det_arena_block blocks[DET_ARENA_BLOCKS]; /* by rising begin */
};

/* An arena that only measures. */
void det_arena_plan(struct det_arena *arena);

/* An arena of `capacity` bytes at `memory` (64-byte aligned, not owned). */
void det_arena_use(struct det_arena *arena, void *memory, size_t capacity);

/* Room for `count` elements of `size` bytes at a multiple of 64 bytes, not
 * zeroed.  `out` is the address of a pointer. */
det_status det_arena_take(struct det_arena *arena, void *out, size_t count,
                          size_t size, struct det_message *message);

/* One more owner, who will return it too; NULL is fine. */
void det_arena_hold(struct det_arena *arena, const void *pointer);

/* Whether a block has one owner. */
bool det_arena_is_sole(const struct det_arena *arena, const void *pointer);

/* Return a block; NULL is fine. */
void det_arena_give(struct det_arena *arena, const void *pointer);

#endif
