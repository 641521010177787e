/* SPDX-License-Identifier: MIT */
#include "compute/cpu/fma_loop_cpu.h"

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/unrolled_cpu.h"

/*
 * As many sums as cover the time that an operation takes: two are begun in a
 * cycle, and each takes 4 or 5 (Fog, "Instruction tables"), so 10 or more; not
 * more than there are registers beside the factor, or they would be memory.
 * All numbers stay between 0 and 16.  `half` is the caller's, because a
 * compiler that knows it leaves out what stays as it is.
 */
#define DEFINE_RUN(name, lanes, sums)                                          \
    static float name(int64_t turns, float half)                               \
    {                                                                          \
        typedef float vector                                                   \
            __attribute__((vector_size((lanes) * sizeof(float))));             \
        vector sum[sums], all = {0};                                           \
        float total = 0.0f;                                                    \
        EACH (i, sums)                                                         \
            sum[i] = all + (float)i;                                           \
        for (int64_t t = 0; t < turns; t++)                                    \
            EACH (i, sums)                                                     \
                sum[i] = sum[i] * half + half;                                 \
        EACH (i, sums)                                                         \
            all += sum[i];                                                     \
        EACH (i, lanes)                                                        \
            total += all[i];                                                   \
        return total;                                                          \
    }

/* 32 registers of AVX-512, 16 of AVX2 and of SSE. */
enum {
    AVX512_LANES = 16,
    AVX512_SUMS = 16,
    AVX2_LANES = 8,
    AVX2_SUMS = 12,
    PLAIN_LANES = 4,
    PLAIN_SUMS = 12
};

static double flops_of(int lanes, int sums)
{
    return 2.0 * lanes * sums;
}

#if DET_CPU_HAS_AVX512
DET_CPU_AVX512
DEFINE_RUN(run_avx512, AVX512_LANES, AVX512_SUMS)
#endif

#if DET_CPU_HAS_AVX2
DET_CPU_AVX2
DEFINE_RUN(run_avx2, AVX2_LANES, AVX2_SUMS)
#endif

DEFINE_RUN(run_plain, PLAIN_LANES, PLAIN_SUMS)

struct det_fma_loop det_fma_loop_for_cpu(void)
{
#if DET_CPU_HAS_AVX512
    if (det_cpu_has_avx512())
        return (struct det_fma_loop){
            "AVX-512", flops_of(AVX512_LANES, AVX512_SUMS), run_avx512};
#endif
#if DET_CPU_HAS_AVX2
    if (det_cpu_has_avx2())
        return (struct det_fma_loop){"AVX2", flops_of(AVX2_LANES, AVX2_SUMS),
                                     run_avx2};
#endif
    return (struct det_fma_loop){"128 bits", flops_of(PLAIN_LANES, PLAIN_SUMS),
                                 run_plain};
}
