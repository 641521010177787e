/* SPDX-License-Identifier: MIT */
/*
 * Allocations of the library, counted and made to fail.  The program is linked
 * with --wrap for malloc, calloc, realloc, aligned_alloc, strdup and free,
 * which reaches our own code only: not libjpeg, OpenBLAS or libc itself.
 */
#ifndef TESTS_COUNTED_ALLOCATIONS_H
#define TESTS_COUNTED_ALLOCATIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Count from 0 again; allocation number `n` (from 1) fails, and with `for_ever`
 * all that follow.  0: none fails. */
void counted_allocations_fail(size_t n, bool for_ever);

/* No more failing and counting: checks of the test allocate, too. */
void counted_allocations_stop(void);

/* Allocations from one to the other. */
size_t counted_allocations(void);

/* Blocks that were allocated and not freed, since the program began. */
long counted_allocations_live(void);

#endif
