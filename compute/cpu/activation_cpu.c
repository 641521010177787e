/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compute/cpu/ops_cpu.h"

/* exp(x - max) keeps every exponent at or below 0. */
static void softmax_row(float *row, int32_t count)
{
    float highest = row[0];
    for (int32_t k = 1; k < count; k++)
        highest = row[k] > highest ? row[k] : highest;
    float sum = 0.0f;
    for (int32_t k = 0; k < count; k++) {
        row[k] = expf(row[k] - highest);
        sum += row[k];
    }
    for (int32_t k = 0; k < count; k++)
        row[k] /= sum;
}

det_status det_softmax_cpu(struct det_compute *compute,
                           const struct det_tensor *logits)
{
    const int64_t rows = det_tensor_places(logits);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t row = 0; row < rows; row++)
        softmax_row(logits->data + row * logits->c, logits->c);
    return DET_OK;
}

det_status det_sigmoid_cpu(struct det_compute *compute,
                           const struct det_tensor *logits)
{
    const int64_t count = det_tensor_count(logits);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++)
        logits->data[i] = 1.0f / (1.0f + expf(-logits->data[i]));
    return DET_OK;
}
