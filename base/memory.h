/* SPDX-License-Identifier: MIT */
/* Heap memory: overflow-checked, with a message when there is none. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "base/message.h"

/* Zeroed room for `count` elements of `size` bytes; *out is NULL on failure.
 * A count of 0 gives a valid pointer.  Returned with free(). */
det_status det_allocate(void *out, size_t count, size_t size,
                        struct det_message *message);

/* Grow (or shrink) *out, which came from det_allocate or is NULL, to `count`
 * elements; new ones are not zeroed.  *out is unchanged on failure. */
det_status det_reallocate(void *out, size_t count, size_t size,
                          struct det_message *message);

/* Like det_allocate, not zeroed, at a multiple of 64 bytes (a cache line and
 * the widest vector). */
det_status det_allocate_aligned(void *out, size_t count, size_t size,
                                struct det_message *message);

/* A copy of `text`. */
det_status det_copy_text(char **out, const char *text,
                         struct det_message *message);

#endif
