/* SPDX-License-Identifier: MIT */
#include "compute/cuda/gemm_cuda.h"

#include "compute/cuda/device_cuda.h"

enum { ALIGNMENT = 16 }; /* bytes, of every matrix here */

/* The library's matrices lie column by column, so that ours are transposed to
 * it: it computes out' = b' * a'.  Its bias is one for each of its rows, our
 * columns. */

struct descriptors {
    cublasLtMatmulDesc_t product;
    cublasLtMatrixLayout_t first, second, out; /* b', a', out' */
    cublasLtMatmulPreference_t preference;
    cublasStatus_t status; /* of the first call that failed */
};

static void note(struct descriptors *d, cublasStatus_t status)
{
    if (d->status == CUBLAS_STATUS_SUCCESS)
        d->status = status;
}

static void set(struct descriptors *d, cublasLtMatmulDescAttributes_t name,
                const void *value, size_t size)
{
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatmulDescSetAttribute(d->product, name, value, size));
}

static cublasLtEpilogue_t epilogue_of(const struct det_gemm_cuda *gemm)
{
    if (gemm->bias)
        return gemm->relu ? CUBLASLT_EPILOGUE_RELU_BIAS
                          : CUBLASLT_EPILOGUE_BIAS;
    return gemm->relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

static cudaDataType_t data_type(enum det_element element)
{
    static const cudaDataType_t types[] = {[DET_ELEMENT_FP32] = CUDA_R_32F,
                                           [DET_ELEMENT_BF16] = CUDA_R_16BF,
                                           [DET_ELEMENT_FP16] = CUDA_R_16F};
    return types[element];
}

static void make_product(struct descriptors *d, const struct det_device *device,
                         const struct det_gemm_cuda *gemm)
{
    const cublasComputeType_t type =
        device->options.precision == DET_PRECISION_TF32
            ? CUBLAS_COMPUTE_32F_FAST_TF32
            : CUBLAS_COMPUTE_32F;
    const cublasOperation_t first =
        gemm->b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    const cublasOperation_t second =
        gemm->a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    const cublasLtEpilogue_t epilogue = epilogue_of(gemm);
    note(d, cublasLtMatmulDescCreate(&d->product, type, CUDA_R_32F));
    set(d, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first);
    set(d, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second);
    set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue);
    if (gemm->bias)
        set(d, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &gemm->bias,
            sizeof gemm->bias);
}

/* [rows, columns] of ours. */
static void make_layout(struct descriptors *d, cublasLtMatrixLayout_t *out,
                        enum det_element element, int64_t rows, int64_t columns)
{
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatrixLayoutCreate(out, data_type(element),
                                           (uint64_t)columns, (uint64_t)rows,
                                           columns));
}

static void make_layouts(struct descriptors *d,
                         const struct det_gemm_cuda *gemm)
{
    make_layout(d, &d->first, gemm->element,
                gemm->b_transposed ? gemm->columns : gemm->inner,
                gemm->b_transposed ? gemm->inner : gemm->columns);
    make_layout(d, &d->second, gemm->element,
                gemm->a_transposed ? gemm->inner : gemm->rows,
                gemm->a_transposed ? gemm->rows : gemm->inner);
    make_layout(d, &d->out, gemm->out_element, gemm->rows, gemm->columns);
}

static void prefer(struct descriptors *d,
                   cublasLtMatmulPreferenceAttributes_t name, const void *value,
                   size_t size)
{
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatmulPreferenceSetAttribute(d->preference, name, value,
                                                     size));
}

/* Kernels for addresses that are multiples of ALIGNMENT, not of 256 bytes as
 * they are unless one says otherwise; parts of a sum that is not of floats are
 * added as floats before they are rounded. */
static void make_preference(struct descriptors *d,
                            const struct det_device *device,
                            enum det_element out_element)
{
    static const cublasLtMatmulPreferenceAttributes_t alignments[] = {
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES};
    const uint64_t most = device->workspace_size;
    const uint32_t alignment = ALIGNMENT;
    const uint32_t as_floats = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatmulPreferenceCreate(&d->preference));
    prefer(d, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof most);
    if (out_element != DET_ELEMENT_FP32)
        prefer(d, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, &as_floats,
               sizeof as_floats);
    for (int i = 0; i < 4; i++)
        prefer(d, alignments[i], &alignment, sizeof alignment);
}

static void destroy(struct descriptors *d)
{
    if (d->product)
        cublasLtMatmulDescDestroy(d->product);
    if (d->first)
        cublasLtMatrixLayoutDestroy(d->first);
    if (d->second)
        cublasLtMatrixLayoutDestroy(d->second);
    if (d->out)
        cublasLtMatrixLayoutDestroy(d->out);
    if (d->preference)
        cublasLtMatmulPreferenceDestroy(d->preference);
}

static void run(struct descriptors *d, const struct det_device *device,
                const struct det_gemm_cuda *gemm)
{
    const float one = 1.0f;
    cublasLtMatmulHeuristicResult_t best = {0};
    int count = 0;
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatmulAlgoGetHeuristic(
                    device->blas, d->product, d->first, d->second, d->out,
                    d->out, d->preference, 1, &best, &count));
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, count == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : best.state);
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d,
             cublasLtMatmul(device->blas, d->product, &one, gemm->b, d->first,
                            gemm->a, d->second, &gemm->beta, gemm->out, d->out,
                            gemm->out, d->out, &best.algo, device->workspace,
                            device->workspace_size, device->stream));
}

det_status det_gemm_cuda(struct det_compute *compute,
                         const struct det_gemm_cuda *gemm)
{
    struct descriptors d = {0};
    make_product(&d, compute->device, gemm);
    make_layouts(&d, gemm);
    make_preference(&d, compute->device, gemm->out_element);
    run(&d, compute->device, gemm);
    destroy(&d);
    return det_cublas_check(compute->message, d.status, "cublasLtMatmul");
}
