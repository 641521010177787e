/* SPDX-License-Identifier: MIT */
/* Products of square matrices, as large as it takes to keep the chip busy. */
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/memory_cuda.h"
#include "compute/cuda/ops_cuda.h"
#include "compute/device.h"

enum {
    LEAST_SIDE = 64,
    MOST_SIDE = 8192,
    ROUNDS = 20,
    BYTE = 0x3c /* floats and halves of such bytes are numbers from 0.01 to 1.1,
                   whose sums are finite */
};

/* One that takes less is started as long as it runs. */
static const double round_seconds = 0.001;

struct matrices {
    int32_t side;
    size_t bytes; /* of each */
    void *memory; /* a, b and their product */
};

static det_status take(struct det_compute *compute, struct matrices *m,
                       int32_t side)
{
    *m = (struct matrices){.side = side,
                           .bytes = (size_t)side * (size_t)side *
                                    det_element_size(compute->element)};
    DET_TRY(det_device_memory(&m->memory, 3 * m->bytes, compute->message));
    return det_cuda_check(
        compute->message,
        cudaMemsetAsync(m->memory, BYTE, 2 * m->bytes, compute->device->stream),
        "cudaMemsetAsync");
}

static void give(struct matrices *m)
{
    cudaFree(m->memory);
    m->memory = NULL;
}

static det_status multiply(struct det_compute *compute,
                           const struct matrices *m)
{
    unsigned char *memory = m->memory;
    return det_gemm_cuda(
        compute, &(struct det_gemm_cuda){
                     .rows = m->side,
                     .columns = m->side,
                     .inner = m->side,
                     .a = (const float *)(const void *)memory,
                     .b = (const float *)(const void *)(memory + m->bytes),
                     .out = (float *)(void *)(memory + 2 * m->bytes),
                     .element = compute->element,
                     .out_element = compute->element});
}

static det_status time_product(struct det_compute *compute,
                               const struct matrices *m, double *seconds)
{
    DET_TRY(det_mark_cuda(compute, 0));
    DET_TRY(multiply(compute, m));
    DET_TRY(det_mark_cuda(compute, 1));
    return det_between_cuda(compute, seconds, 0, 1);
}

/* After one that chose its algorithm. */
static det_status time_best(struct det_compute *compute,
                            const struct matrices *m, int rounds, double *best)
{
    DET_TRY(multiply(compute, m));
    for (int i = 0; i < rounds; i++) {
        double seconds;
        DET_TRY(time_product(compute, m, &seconds));
        if (i == 0 || seconds < *best)
            *best = seconds;
    }
    return DET_OK;
}

det_status det_product_rate_cuda(struct det_compute *compute, double *flops)
{
    struct matrices m = {0};
    det_status status;
    double seconds = 0.0;
    for (int32_t side = LEAST_SIDE;
         side <= MOST_SIDE && seconds < round_seconds; side *= 2) {
        give(&m);
        DET_TRY_OR_FAIL(take(compute, &m, side));
        DET_TRY_OR_FAIL(time_best(compute, &m, 1, &seconds));
    }
    DET_TRY_OR_FAIL(time_best(compute, &m, ROUNDS, &seconds));
    *flops = 2.0 * m.side * (double)m.side * m.side / seconds;
fail:
    give(&m);
    return status;
}
