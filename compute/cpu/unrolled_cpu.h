/* SPDX-License-Identifier: MIT */
/* What keeps arrays in registers: loops that are written out, and functions
 * that are part of their caller, for whichever CPU that is compiled. */
#ifndef COMPUTE_CPU_UNROLLED_CPU_H
#define COMPUTE_CPU_UNROLLED_CPU_H

#define EACH(i, count)                                                         \
    _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)
#define INLINE static inline __attribute__((always_inline))

#endif
