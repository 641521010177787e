/* SPDX-License-Identifier: MIT */
#include "compute/cpu/gemm_cpu.h"

#include <cblas.h>
#include <omp.h>

void det_gemm_cpu(const struct det_gemm *g)
{
    cblas_sgemm(CblasRowMajor, g->a_transposed ? CblasTrans : CblasNoTrans,
                g->b_transposed ? CblasTrans : CblasNoTrans, (blasint)g->rows,
                (blasint)g->columns, (blasint)g->depth, 1.0f, g->a,
                (blasint)g->a_stride, g->b, (blasint)g->b_stride,
                g->add ? 1.0f : 0.0f, g->out, (blasint)g->out_stride);
}

const char *det_gemm_core_cpu(void)
{
    return openblas_get_corename();
}

int det_single_blas_thread(void)
{
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

void det_restore_blas_threads(int threads)
{
    omp_set_num_threads(threads);
}
