/* SPDX-License-Identifier: MIT */
#include "compute/cuda/gemm_cuda.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/problem_table.h"

enum {
    ALIGNMENT = 16,     /* bytes, of every matrix here */
    MOST_ALGORITHMS = 8 /* that are asked for, the best first */
};

/* The library's matrices lie column by column, so that ours are transposed to
 * it: it computes out' = b' * a'.  Its bias is one for each of its rows, our
 * columns. */

/* All that an algorithm depends on; without holes, to be compared byte by
 * byte. */
struct problem {
    int64_t rows, columns, inner, bias;
    int32_t a_transposed, b_transposed, element, out_element;
};

struct descriptors {
    cublasLtMatmulDesc_t product;
    cublasLtMatrixLayout_t first, second, out; /* b', a', out' */
    cublasLtMatmulPreference_t preference;
    cublasStatus_t status; /* of the first call that failed */
};

/* How a problem is solved. */
struct choice {
    struct descriptors with;
    cublasLtMatmulAlgo_t algorithms[MOST_ALGORITHMS];
    int count, at; /* those before `at` failed */
    bool ran;      /* without an error, once at least */
};

struct det_gemm_plans {
    struct det_problem_table problems;
    struct choice choices[DET_PROBLEM_SLOTS]; /* of known problems */
};

/* ------------------------------------------------------ making descriptors */

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
    const cublasLtEpilogue_t epilogue =
        gemm->bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
    note(d, cublasLtMatmulDescCreate(&d->product, type, CUDA_R_32F));
    set(d, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first);
    set(d, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second);
    set(d, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue);
    if (gemm->bias) /* of this call; each has its own */
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

/* ---------------------------------------------------- choosing an algorithm */

static void ask(struct choice *choice, const struct det_device *device)
{
    struct descriptors *d = &choice->with;
    cublasLtMatmulHeuristicResult_t best[MOST_ALGORITHMS] = {0};
    int count = 0;
    if (d->status == CUBLAS_STATUS_SUCCESS)
        note(d, cublasLtMatmulAlgoGetHeuristic(
                    device->blas, d->product, d->first, d->second, d->out,
                    d->out, d->preference, MOST_ALGORITHMS, best, &count));
    for (int i = 0; d->status == CUBLAS_STATUS_SUCCESS && i < count; i++)
        if (best[i].state == CUBLAS_STATUS_SUCCESS)
            choice->algorithms[choice->count++] = best[i].algo;
    if (choice->count == 0)
        note(d, CUBLAS_STATUS_NOT_SUPPORTED);
}

static void forget(struct choice *choice)
{
    destroy(&choice->with);
    *choice = (struct choice){0};
}

/* No algorithm is an answer where there is a bias: without it there must be
 * one. */
static det_status choose(struct det_compute *compute, struct choice *choice,
                         const struct det_gemm_cuda *gemm)
{
    struct descriptors *d = &choice->with;
    make_product(d, compute->device, gemm);
    make_layouts(d, gemm);
    make_preference(d, compute->device, gemm->out_element);
    ask(choice, compute->device);
    const cublasStatus_t status = d->status;
    if (status != CUBLAS_STATUS_SUCCESS)
        forget(choice);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED && gemm->bias)
        return DET_OK;
    return det_cublas_check(compute->message, status,
                            "cublasLtMatmulAlgoGetHeuristic");
}

/* ------------------------------------------------------------------- plans */

det_status det_gemm_plans_create(struct det_gemm_plans **out,
                                 struct det_message *message)
{
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    return det_problem_table_create(&(*out)->problems, sizeof(struct problem),
                                    message);
}

static void clear(struct det_gemm_plans *plans)
{
    for (int i = 0; i < DET_PROBLEM_SLOTS; i++)
        if (plans->problems.known[i])
            forget(&plans->choices[i]);
    det_problem_table_clear(&plans->problems);
}

void det_gemm_plans_destroy(struct det_gemm_plans **plans)
{
    if (!*plans)
        return;
    clear(*plans);
    det_problem_table_destroy(&(*plans)->problems);
    free(*plans);
    *plans = NULL;
}

static struct problem problem_of(const struct det_gemm_cuda *gemm)
{
    return (struct problem){.rows = gemm->rows,
                            .columns = gemm->columns,
                            .inner = gemm->inner,
                            .a_transposed = gemm->a_transposed,
                            .b_transposed = gemm->b_transposed,
                            .element = (int32_t)gemm->element,
                            .out_element = (int32_t)gemm->out_element,
                            .bias = gemm->bias != NULL};
}

static det_status choice_of(struct det_compute *compute, struct choice **out,
                            const struct det_gemm_cuda *gemm)
{
    struct det_gemm_plans *plans = compute->device->products;
    const struct problem problem = problem_of(gemm);
    int slot = det_problem_table_find(&plans->problems, &problem);
    if (!plans->problems.known[slot]) {
        DET_TRY(det_must_not_record(compute, "a plan of cuBLASLt's"));
        if (det_problem_table_is_full(&plans->problems)) {
            clear(plans);
            slot = det_problem_table_find(&plans->problems, &problem);
        }
        DET_TRY(choose(compute, &plans->choices[slot], gemm));
        det_problem_table_add(&plans->problems, slot, &problem);
    }
    *out = &plans->choices[slot];
    return DET_OK;
}

/* ------------------------------------------------------------------ running */

static cublasStatus_t multiply(const struct det_device *device,
                               struct choice *choice,
                               const struct det_gemm_cuda *gemm)
{
    const struct descriptors *d = &choice->with;
    const float one = 1.0f;
    if (gemm->bias) {
        const cublasStatus_t status = cublasLtMatmulDescSetAttribute(
            d->product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &gemm->bias,
            sizeof gemm->bias);
        if (status != CUBLAS_STATUS_SUCCESS)
            return status;
    }
    return cublasLtMatmul(device->blas, d->product, &one, gemm->b, d->first,
                          gemm->a, d->second, &gemm->beta, gemm->out, d->out,
                          gemm->out, d->out, &choice->algorithms[choice->at],
                          device->workspace, device->workspace_size,
                          device->stream);
}

/* An algorithm that fails at its first use gives way to the next one; where
 * none is left the last one stays. */
static det_status run(struct det_compute *compute, struct choice *choice,
                      const struct det_gemm_cuda *gemm)
{
    cublasStatus_t status;
    for (;;) {
        status = multiply(compute->device, choice, gemm);
        choice->ran |= status == CUBLAS_STATUS_SUCCESS;
        if (choice->ran || choice->at + 1 == choice->count)
            break;
        choice->at++;
    }
    return det_cublas_check(compute->message, status, "cublasLtMatmul");
}

static det_status add_bias(struct det_compute *compute,
                           const struct det_gemm_cuda *gemm)
{
    const struct det_tensor out = {.data = gemm->out,
                                   .n = (int32_t)gemm->rows,
                                   .h = 1,
                                   .w = 1,
                                   .c = (int32_t)gemm->columns,
                                   .capacity = (int32_t)gemm->rows,
                                   .element = gemm->out_element};
    return det_epilogue_cuda(
        compute, &(struct det_conv2d){.out = out, .bias = gemm->bias});
}

det_status det_gemm_cuda(struct det_compute *compute,
                         const struct det_gemm_cuda *gemm)
{
    struct choice *choice;
    struct det_gemm_cuda bare = *gemm;
    DET_TRY(choice_of(compute, &choice, gemm));
    if (choice->count > 0)
        return run(compute, choice, gemm);
    bare.bias = NULL;
    DET_TRY(choice_of(compute, &choice, &bare));
    DET_TRY(run(compute, choice, &bare));
    return add_bias(compute, gemm);
}
