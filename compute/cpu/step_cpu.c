/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum {
    CHUNK = 1 << 16
}; /* elements of one partial sum, of one thread's turn */

det_status det_clear_cpu(struct det_compute *compute, float *values,
                         int64_t count)
{
    (void)compute;
    memset(values, 0, (size_t)count * sizeof *values);
    return DET_OK;
}

det_status det_scale_cpu(struct det_compute *compute, float *values,
                         int64_t count, float by)
{
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++)
        values[i] *= by;
    return DET_OK;
}

static double square_sum(const float *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sum;
}

/* Chunk by chunk and in their order, so that the sum does not depend on the
 * number of threads. */
det_status det_square_sum_cpu(struct det_compute *compute, double *sum,
                              const float *values, int64_t count)
{
    const int64_t chunks = det_pieces_64(count, CHUNK);
#pragma omp parallel for ordered schedule(static, 1)                           \
    num_threads(compute->threads)
    for (int64_t i = 0; i < chunks; i++) {
        const int64_t first = i * CHUNK;
        const double part =
            square_sum(values + first, det_smaller_64(count - first, CHUNK));
#pragma omp ordered
        *sum += part;
    }
    return DET_OK;
}

static void step_part(const struct det_sgd_update *op,
                      const struct det_sgd_array *array, int64_t first,
                      int64_t count)
{
    float *restrict value = array->value + first;
    float *restrict momentum = array->momentum + first;
    const float *restrict gradient = array->gradient + first;
    for (int64_t i = 0; i < count; i++) {
        const float g = gradient[i] * op->scale + array->decay * value[i];
        momentum[i] = op->keep * momentum[i] + g;
        value[i] -= array->rate *
                    (op->nesterov ? g + op->keep * momentum[i] : momentum[i]);
    }
}

/* A thread that finds no chunk left of an array goes on with the next. */
det_status det_sgd_update_cpu(struct det_compute *compute,
                              const struct det_sgd_update *op)
{
#pragma omp parallel num_threads(compute->threads)
    for (int32_t k = 0; k < op->num_arrays; k++) {
        const struct det_sgd_array *array = &op->arrays[k];
        const int64_t chunks = det_pieces_64(array->count, CHUNK);
#pragma omp for schedule(dynamic, 1) nowait
        for (int64_t i = 0; i < chunks; i++)
            step_part(op, array, i * CHUNK,
                      det_smaller_64(array->count - i * CHUNK, CHUNK));
    }
    return DET_OK;
}

det_status det_average_cpu(struct det_compute *compute,
                           const struct det_average *op)
{
    const float *restrict values = op->values;
    float *restrict averages = op->averages;
#pragma omp parallel for simd num_threads(compute->threads)
    for (int64_t i = 0; i < op->count; i++)
        averages[i] += op->part * (values[i] - averages[i]);
    return DET_OK;
}
