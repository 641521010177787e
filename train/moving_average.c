/* SPDX-License-Identifier: MIT */
#include "train/moving_average.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "compute/step.h"

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
    parameters->newer = DET_NEWER_ON_HOST;
    if (parameters->averages)
        memcpy(parameters->averages, parameters->values,
               parameters->value_count * sizeof(float));
}

void det_moving_average_swap(struct det_parameters *parameters)
{
    parameters->newer = DET_NEWER_ON_HOST;
    for (size_t i = 0; parameters->averages && i < parameters->value_count;
         i++) {
        const float value = parameters->values[i];
        parameters->values[i] = parameters->averages[i];
        parameters->averages[i] = value;
    }
}

det_status det_moving_average_update(struct det_parameters *parameters,
                                     struct det_compute *compute, double decay,
                                     int64_t steps)
{
    const double n = (double)steps;
    /* Values that do not change are averaged to themselves. */
    const struct det_average op = {
        .averages = det_mirrored(compute, parameters->averages),
        .values = det_mirrored(compute, parameters->values),
        .count = (int64_t)parameters->value_count,
        .part = (float)(1.0 - fmin(decay, (1.0 + n) / (10.0 + n)))};
    return det_average(compute, &op);
}
