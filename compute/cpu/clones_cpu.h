/* SPDX-License-Identifier: MIT */
/* Put before a static function (of others the loader's choice would be seen
 * outside the library): it is compiled for CPUs with AVX2 and FMA and for any
 * other, and the loader chooses.  Where the compiler cannot do that there is
 * one version, for the CPU that the build is for. */
#ifndef COMPUTE_CPU_CLONES_CPU_H
#define COMPUTE_CPU_CLONES_CPU_H

#include <stdbool.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__FMA__)
#define DET_CPU_CLONES                                                         \
    __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define DET_CPU_CLONES
#endif

/* For what asks which of those two runs. */
#if defined(__FMA__)
#define DET_CPU_HAS_AVX2 1
#define DET_CPU_AVX2
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DET_CPU_HAS_AVX2 1
#define DET_CPU_AVX2 __attribute__((target("arch=x86-64-v3")))
#else
#define DET_CPU_HAS_AVX2 0
#define DET_CPU_AVX2
#endif

static inline bool det_cpu_has_avx2(void)
{
#if !defined(__FMA__) && DET_CPU_HAS_AVX2
    return __builtin_cpu_supports("x86-64-v3");
#else
    return DET_CPU_HAS_AVX2;
#endif
}

/* For what takes another shape on AVX-512, and not only wider vectors. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define DET_CPU_HAS_AVX512 1
#define DET_CPU_AVX512                                                         \
    __attribute__((target("arch=x86-64-v4,prefer-vector-width=512")))
#else
#define DET_CPU_HAS_AVX512 0
#define DET_CPU_AVX512
#endif

static inline bool det_cpu_has_avx512(void)
{
#if DET_CPU_HAS_AVX512
    return __builtin_cpu_supports("x86-64-v4");
#else
    return false;
#endif
}

#endif
