/* SPDX-License-Identifier: MIT */
#include "compute/blas_core.h"

#include <stdbool.h>
#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/gemm_cpu.h"

const char *det_blas_core(void)
{
    return det_gemm_core_cpu();
}

enum det_blas_vectors det_blas_vectors_of_cpu(void)
{
    return det_cpu_has_avx512() ? DET_BLAS_AVX512
           : det_cpu_has_avx2() ? DET_BLAS_AVX2
                                : DET_BLAS_OLD_VECTORS;
}

/* Those of OpenBLAS's for x86 whose kernels know no AVX2 (driver/others/
 * dynamic.c); names that are not here are taken to be of newer ones. */
static bool is_old(const char *core)
{
    static const char *const names[] = {
        "Katmai", "Coppermine", "Northwood",    "Prescott",   "Banias",
        "Atom",   "Core2",      "Penryn",       "Dunnington", "Nehalem",
        "Athlon", "Opteron",    "Opteron_SSE3", "Barcelona",  "Nano",
        "Bobcat", "Sandybridge"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(core, names[i]) == 0)
            return true;
    return false;
}

const char *det_blas_better_core(const char *core,
                                 enum det_blas_vectors vectors)
{
    if (vectors == DET_BLAS_OLD_VECTORS || !is_old(core))
        return NULL;
    return vectors == DET_BLAS_AVX512 ? "SkylakeX" : "Haswell";
}
