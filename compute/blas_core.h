/* SPDX-License-Identifier: MIT */
/* Which CPU OpenBLAS takes this one for.  Versions older than a CPU often do
 * not know it, and then choose kernels that are four times as slow as need be;
 * the products of training's gradients are OpenBLAS's. */
#ifndef COMPUTE_BLAS_CORE_H
#define COMPUTE_BLAS_CORE_H

/* OpenBLAS's name for the kernels of this process, e.g. "SkylakeX". */
const char *det_blas_core(void);

/* The vectors that a CPU has, in ascending order. */
enum det_blas_vectors { DET_BLAS_OLD_VECTORS, DET_BLAS_AVX2, DET_BLAS_AVX512 };

enum det_blas_vectors det_blas_vectors_of_cpu(void);

/* A name that OPENBLAS_CORETYPE should have instead of `core` on a CPU of such
 * vectors; NULL: none. */
const char *det_blas_better_core(const char *core,
                                 enum det_blas_vectors vectors);

#endif
