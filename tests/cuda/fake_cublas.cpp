/* SPDX-License-Identifier: MIT */
/* cuBLASLt's matrix product, by plain loops; its opaque descriptors
 * hold what was set. */
#include <cstring>

#include <cublasLt.h>

#include "tests/cuda/emulation.h"
#include "tests/cuda/fake_element.h"
#include "tests/cuda/fake_gpu.h"

namespace
{

struct product {
    bool as_tf32; /* floats may be rounded to it */
    cublasOperation_t first, second;
    cublasLtEpilogue_t epilogue;
    const void *bias; /* of the elements of the result */
};

struct layout {
    cudaDataType_t type;
    uint64_t rows, columns;
    int64_t leading;
};

/* Column by column. */
float element_at(const void *data, const layout &l, cublasOperation_t op,
                 uint64_t row, uint64_t column)
{
    const uint64_t step = uint64_t(l.leading);
    return read_element(data, l.type,
                        op == CUBLAS_OP_N ? row + column * step
                                          : column + row * step);
}

struct call {
    product how;
    layout a, b, d;
    const void *a_data, *b_data;
    void *d_data;
    float alpha, beta;
};

float factor_at(const call &c, const void *data, const layout &l,
                cublasOperation_t op, uint64_t row, uint64_t column)
{
    const float value = element_at(data, l, op, row, column);
    return c.how.as_tf32 && l.type == CUDA_R_32F ? rounded_to_tf32(value)
                                                 : value;
}

float finished(const call &c, uint64_t row, float sum)
{
    const bool biased = c.how.epilogue == CUBLASLT_EPILOGUE_BIAS ||
                        c.how.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
    const bool relu = c.how.epilogue == CUBLASLT_EPILOGUE_RELU ||
                      c.how.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
    const float value =
        biased ? sum + read_element(c.how.bias, c.d.type, row) : sum;
    return relu && !(value > 0.0f) ? 0.0f : value; /* max(x, 0) of NaN is 0 */
}

void run(const call &c)
{
    const uint64_t inner = c.how.first == CUBLAS_OP_N ? c.a.columns : c.a.rows;
    for (uint64_t column = 0; column < c.d.columns; column++)
        for (uint64_t row = 0; row < c.d.rows; row++) {
            double sum = 0.0;
            for (uint64_t i = 0; i < inner; i++)
                sum +=
                    double(factor_at(c, c.a_data, c.a, c.how.first, row, i)) *
                    double(
                        factor_at(c, c.b_data, c.b, c.how.second, i, column));
            const uint64_t at = row + column * uint64_t(c.d.leading);
            const float before =
                c.beta != 0.0f ? c.beta * read_element(c.d_data, c.d.type, at)
                               : 0.0f;
            write_element(c.d_data, c.d.type, at,
                          finished(c, row, c.alpha * float(sum) + before));
        }
}

/* The library's table for sums of floats: both factors alike, the result like
 * them or of floats. */
bool are_supported(cudaDataType_t a, cudaDataType_t b, cudaDataType_t d)
{
    return a == b && (d == a || d == CUDA_R_32F);
}

} // namespace

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t *out)
{
    if (fake_gpu_fails("cublasLtCreate"))
        return CUBLAS_STATUS_NOT_INITIALIZED;
    *out = reinterpret_cast<cublasLtHandle_t>(new char);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle)
{
    delete reinterpret_cast<char *>(handle);
    return CUBLAS_STATUS_SUCCESS;
}

const char *cublasLtGetStatusString(cublasStatus_t)
{
    return "an emulated error";
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *out,
                                        cublasComputeType_t type,
                                        cudaDataType_t)
{
    *out = reinterpret_cast<cublasLtMatmulDesc_t>(
        new product{type == CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_OP_N,
                    CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t of)
{
    delete reinterpret_cast<product *>(of);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t of,
                               cublasLtMatmulDescAttributes_t name,
                               const void *value, size_t size)
{
    product *p = reinterpret_cast<product *>(of);
    switch (name) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
        std::memcpy(&p->first, value, size);
        return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_MATMUL_DESC_TRANSB:
        std::memcpy(&p->second, value, size);
        return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
        std::memcpy(&p->epilogue, value, size);
        return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
        std::memcpy(&p->bias, value, size);
        return CUBLAS_STATUS_SUCCESS;
    default:
        return CUBLAS_STATUS_INVALID_VALUE;
    }
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *out,
                                          cudaDataType type, uint64_t rows,
                                          uint64_t columns, int64_t leading)
{
    *out = reinterpret_cast<cublasLtMatrixLayout_t>(
        new layout{type, rows, columns, leading});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t of)
{
    delete reinterpret_cast<layout *>(of);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *out)
{
    *out = reinterpret_cast<cublasLtMatmulPreference_t>(new char);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t of)
{
    delete reinterpret_cast<char *>(of);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t
cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t,
                                     cublasLtMatmulPreferenceAttributes_t,
                                     const void *, size_t)
{
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(
    cublasLtHandle_t, cublasLtMatmulDesc_t, cublasLtMatrixLayout_t a,
    cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t d,
    cublasLtMatmulPreference_t, int room, cublasLtMatmulHeuristicResult_t out[],
    int *count)
{
    constexpr int algorithms = 3;
    if (!are_supported(reinterpret_cast<layout *>(a)->type,
                       reinterpret_cast<layout *>(b)->type,
                       reinterpret_cast<layout *>(d)->type))
        return CUBLAS_STATUS_NOT_SUPPORTED;
    *count = fake_gpu_fails("cublasLtMatmulAlgoGetHeuristic") ? 0
             : room < algorithms                              ? room
                                                              : algorithms;
    for (int i = 0; i < *count; i++)
        out[i].algo.data[0] = uint64_t(i);
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t how,
                              const void *alpha, const void *a,
                              cublasLtMatrixLayout_t a_layout, const void *b,
                              cublasLtMatrixLayout_t b_layout, const void *beta,
                              const void *, cublasLtMatrixLayout_t, void *d,
                              cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t *algorithm, void *,
                              size_t, cudaStream_t stream)
{
    if (fake_gpu_fails("cublasLtMatmul") ||
        fake_gpu_is_broken(int(algorithm->data[0])))
        return CUBLAS_STATUS_EXECUTION_FAILED;
    const call c = {*reinterpret_cast<product *>(how),
                    *reinterpret_cast<layout *>(a_layout),
                    *reinterpret_cast<layout *>(b_layout),
                    *reinterpret_cast<layout *>(d_layout),
                    a,
                    b,
                    d,
                    *static_cast<const float *>(alpha),
                    *static_cast<const float *>(beta)};
    emulation::enqueue(stream, [=] { run(c); });
    return CUBLAS_STATUS_SUCCESS;
}

} /* extern "C" */
