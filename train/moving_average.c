/* SPDX-License-Identifier: MIT */
#include "train/moving_average.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

det_status det_moving_average_create(struct det_parameters *parameters,
                                     struct det_message *message)
{
    DET_TRY(det_allocate_aligned(&parameters->averages, parameters->value_count,
                                 sizeof(float), message));
    det_moving_average_restart(parameters);
    return DET_OK;
}

void det_moving_average_restart(struct det_parameters *parameters)
{
    if (parameters->averages)
        memcpy(parameters->averages, parameters->values,
               parameters->value_count * sizeof(float));
}

void det_moving_average_swap(struct det_parameters *parameters)
{
    for (size_t i = 0; parameters->averages && i < parameters->value_count;
         i++) {
        const float value = parameters->values[i];
        parameters->values[i] = parameters->averages[i];
        parameters->averages[i] = value;
    }
}

void det_moving_average_update(struct det_parameters *parameters, double decay,
                               int64_t steps, int threads)
{
    const double n = (double)steps;
    const float part = (float)(1.0 - fmin(decay, (1.0 + n) / (10.0 + n)));
    const int64_t count = (int64_t)parameters->value_count;
    const float *restrict values = parameters->values;
    float *restrict averages = parameters->averages;
    /* Values that do not change are averaged to themselves. */
#pragma omp parallel for simd num_threads(threads)
    for (int64_t i = 0; i < count; i++)
        averages[i] += part * (values[i] - averages[i]);
}
