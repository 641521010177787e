/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { CHUNK_ROWS = 64 };

/* [C] of each thread; sums of chunks are floats, sums of those doubles. */
struct bias_sums {
    double *all;
    float *chunk;
};

static size_t sums_size(int32_t channels)
{
    const size_t bytes = (size_t)channels * (sizeof(double) + sizeof(float));
    return (bytes + 63) & ~(size_t)63;
}

static struct bias_sums sums_at(void *scratch, int32_t channels, int share)
{
    double *all = (double *)(void *)((unsigned char *)scratch +
                                     (size_t)share * sums_size(channels));
    return (struct bias_sums){all, (float *)(void *)(all + channels)};
}

size_t det_epilogue_backward_scratch_cpu(const struct det_epilogue_backward *op,
                                         int threads)
{
    return op->bias_gradient ? (size_t)threads * sums_size(op->gradient.c) : 0;
}

/* What is at hand of one row. */
struct row {
    float *gradient;
    const float *out; /* NULL: no ReLU */
    float *residual;  /* NULL: none */
    const float *scale;
    float *sum; /* NULL: no bias */
    bool add;
};

static inline __attribute__((always_inline)) void run_row(const struct row *row,
                                                          int32_t channels)
{
    float *gradient = row->gradient;
    if (row->out)
        for (int32_t k = 0; k < channels; k++)
            gradient[k] = row->out[k] <= 0.0f ? 0.0f : gradient[k];
    if (row->residual)
        for (int32_t k = 0; k < channels; k++)
            row->residual[k] =
                (row->add ? row->residual[k] : 0.0f) + gradient[k];
    if (row->sum)
        for (int32_t k = 0; k < channels; k++)
            row->sum[k] += gradient[k];
    if (row->scale)
        for (int32_t k = 0; k < channels; k++)
            gradient[k] *= row->scale[k];
}

DET_CPU_CLONES
static void run_rows(const struct det_epilogue_backward *op, float *sum,
                     int64_t first, int64_t count)
{
    const int32_t c = op->gradient.c;
    const struct det_tensor *residual = &op->residual.tensor;
    for (int64_t i = first; i < first + count; i++) {
        const struct row row = {
            .gradient = op->gradient.data + i * c,
            .out = op->out.data ? op->out.data + i * c : NULL,
            .residual = residual->data ? residual->data + i * c : NULL,
            .scale = op->scale,
            .sum = sum,
            .add = op->residual.add};
        run_row(&row, c);
    }
}

static void run_share(const struct det_epilogue_backward *op, void *scratch,
                      int share, int shares)
{
    const int32_t c = op->gradient.c;
    const int64_t places = det_tensor_places(&op->gradient);
    const int64_t end = places * (share + 1) / shares;
    struct bias_sums s = {0};
    if (op->bias_gradient) {
        s = sums_at(scratch, c, share);
        memset(s.all, 0, (size_t)c * sizeof *s.all);
    }
    for (int64_t i = places * share / shares; i < end; i += CHUNK_ROWS) {
        if (s.chunk)
            memset(s.chunk, 0, (size_t)c * sizeof *s.chunk);
        run_rows(op, s.chunk, i, end - i < CHUNK_ROWS ? end - i : CHUNK_ROWS);
        for (int32_t k = 0; s.chunk && k < c; k++)
            s.all[k] += (double)s.chunk[k];
    }
}

det_status det_epilogue_backward_cpu(struct det_compute *compute,
                                     const struct det_epilogue_backward *op,
                                     void *scratch)
{
    const int shares = compute->threads;
    const int32_t c = op->gradient.c;
#pragma omp parallel for schedule(static, 1) num_threads(shares)
    for (int i = 0; i < shares; i++)
        run_share(op, scratch, i, shares);
    for (int32_t k = 0; op->bias_gradient && k < c; k++) {
        double sum = 0.0;
        for (int i = 0; i < shares; i++)
            sum += sums_at(scratch, c, i).all[k];
        op->bias_gradient[k] += (float)sum;
    }
    return DET_OK;
}
