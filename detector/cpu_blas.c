/* SPDX-License-Identifier: MIT */
#include "compute/blas_core.h"
#include "detect/measure.h"

det_cpu_blas det_cpu_blas_read(void)
{
    const char *core = det_blas_core();
    return (det_cpu_blas){
        .core = core,
        .better = det_blas_better_core(core, det_blas_vectors_of_cpu())};
}
