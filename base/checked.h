/* SPDX-License-Identifier: MIT */
/* Overflow-checked arithmetic on sizes that come from outside. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns false, leaving *out undefined, when the result does not fit. */
static inline bool det_checked_mul(size_t *out, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

static inline bool det_checked_add(size_t *out, size_t a, size_t b)
{
    return !__builtin_add_overflow(a, b, out);
}

/* Round up to a multiple of `unit`, a power of two. */
static inline bool det_checked_round_up(size_t *out, size_t a, size_t unit)
{
    if (!det_checked_add(out, a, unit - 1))
        return false;
    *out &= ~(unit - 1);
    return true;
}

#endif
