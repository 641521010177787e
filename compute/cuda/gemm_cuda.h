/* SPDX-License-Identifier: MIT */
/* Matrix products by cuBLASLt: its descriptors and algorithms are asked for
 * once for each shape, and kept. */
#ifndef COMPUTE_CUDA_GEMM_CUDA_H
#define COMPUTE_CUDA_GEMM_CUDA_H

#include "compute/compute.h"

struct det_gemm_plans;

/* out = a * b + beta * out, then + bias; all row by row.  A ReLU of the
 * library's would make 0 of NaN. */
struct det_gemm_cuda {
    int64_t rows, columns; /* of out */
    int64_t inner;         /* terms of each sum */
    const float *a;        /* [rows, inner]; transposed: [inner, rows] */
    const float *b;        /* [inner, columns]; transposed: [columns, inner] */
    bool a_transposed, b_transposed;
    float *out;                   /* [rows, columns] */
    enum det_element element;     /* of a and b */
    enum det_element out_element; /* of out and the bias: as `element`, or
                                     floats */
    float beta;                   /* 0 (out is not read) or 1 */
    const float *bias;            /* [columns] or NULL */
};

det_status det_gemm_cuda(struct det_compute *compute,
                         const struct det_gemm_cuda *gemm);

det_status det_gemm_plans_create(struct det_gemm_plans **out,
                                 struct det_message *message);
void det_gemm_plans_destroy(struct det_gemm_plans **plans);

#endif
