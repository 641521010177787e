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

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

det_status det_sigmoid_cpu(struct det_compute *compute,
                           const struct det_tensor *logits)
{
    const int64_t count = det_tensor_count(logits);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++)
        logits->data[i] = sigmoid(logits->data[i]);
    return DET_OK;
}

det_status det_sigmoid_map_cpu(struct det_compute *compute,
                               const struct det_sigmoid_map *op)
{
    const int64_t count = det_tensor_count(&op->in);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++)
        op->out.data[i] = sigmoid(op->in.data[i]);
    return DET_OK;
}

det_status
det_sigmoid_map_backward_cpu(struct det_compute *compute,
                             const struct det_sigmoid_map_backward *op)
{
    const int64_t count = det_tensor_count(&op->gradient);
    const int64_t stride = det_tensor_stride(&op->gradient);
    float *to = op->in_gradient.tensor.data;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++) {
        const float out = op->map.out.data[i];
        const bool live = !op->map.live || op->map.live[i / stride];
        to[i] = (op->in_gradient.add ? to[i] : 0.0f) +
                (live ? op->gradient.data[i] * out * (1.0f - out) : 0.0f);
    }
    return DET_OK;
}
