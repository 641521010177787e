/* SPDX-License-Identifier: MIT */
/*
 * Vectors of one width, for code that is compiled once for each.  Its file for
 * AVX-512 defines LANES as 16 before; the other one is for AVX2 and, where the
 * compiler can make both, any other CPU.
 *   LANES         floats of a vector
 *   FOR_CPU       before a static function
 *   NAMED(name)   what the file calls a function that others call
 */
#ifndef COMPUTE_CPU_VECTORS_CPU_H
#define COMPUTE_CPU_VECTORS_CPU_H

#include <stdint.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/unrolled_cpu.h"

#ifdef LANES
#define FOR_CPU DET_CPU_AVX512
#define NAMED(name) name##_avx512
#else
#define LANES 8
#define FOR_CPU DET_CPU_CLONES
#define NAMED(name) name##_avx2
#endif

/* A loose one lies at any float. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));
typedef float loose_vector
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(float))));

/* Negative ones become 0; NaN stays, as torch's does.  A pointer: functions
 * would take and return what only some CPUs have registers for. */
INLINE void clamp(vector *v)
{
    *v = (vector)((mask)*v & ~(*v < 0.0f));
}

#endif
