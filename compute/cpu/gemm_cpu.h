/* SPDX-License-Identifier: MIT */
/* Matrix products on one thread, by OpenBLAS; the only includer of cblas.h.
 * Parallel callers cut the work into tiles themselves, so that what follows a
 * product (bias, residual, ReLU) finds the tile in cache. */
#ifndef COMPUTE_CPU_GEMM_CPU_H
#define COMPUTE_CPU_GEMM_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* out[rows, columns] = a[rows, depth] * b[depth, columns]; strides count floats
 * from one row in memory to the next. */
struct det_gemm {
    float *out;
    const float *a;
    const float *b;
    int64_t rows, columns, depth;
    int64_t out_stride, a_stride, b_stride;
    bool a_transposed; /* memory holds [depth, rows] */
    bool b_transposed; /* memory holds [columns, depth] */
    bool add;          /* out += ... */
};

/* Call it inside an OpenMP region of more than one thread, or with OpenMP's
 * thread count set to 1 (det_single_blas_thread): OpenBLAS then stays on the
 * calling thread. */
void det_gemm_cpu(const struct det_gemm *gemm);

/* OpenBLAS's name for the kernels that it took. */
const char *det_gemm_core_cpu(void);

/* Set the calling thread's OpenMP thread count to 1; returns the old value,
 * to be put back by det_restore_blas_threads. */
int det_single_blas_thread(void);
void det_restore_blas_threads(int threads);

#endif
