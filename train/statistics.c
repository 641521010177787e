/* SPDX-License-Identifier: MIT */
#include "train/statistics.h"

#include <string.h>

#include "compute/ops.h"

static bool is_statistic(const struct det_train_array *array)
{
    const char *last = strrchr(array->name, '.');
    return last && (strcmp(last, ".running_mean") == 0 ||
                    strcmp(last, ".running_var") == 0);
}

det_status det_statistics_create(struct det_statistics *out,
                                 const struct det_parameters *parameters,
                                 const struct det_compute *compute)
{
    void *values;
    size_t count = 0;
    for (size_t i = 0; i < parameters->num_arrays; i++)
        if (is_statistic(&parameters->arrays[i]))
            count += parameters->arrays[i].count;
    DET_TRY(compute->ops->allocate_host(&values, count * sizeof *out->values,
                                        compute->message));
    *out = (struct det_statistics){.values = values, .ops = compute->ops};
    return DET_OK;
}

void det_statistics_destroy(struct det_statistics *statistics)
{
    if (statistics->ops)
        statistics->ops->release_host(statistics->values);
    *statistics = (struct det_statistics){0};
}

det_status det_statistics_keep(struct det_statistics *statistics,
                               const struct det_parameters *parameters,
                               struct det_compute *compute)
{
    const bool on_device = parameters->newer == DET_NEWER_ON_DEVICE;
    float *out = statistics->values;
    for (size_t i = 0; i < parameters->num_arrays; i++) {
        const struct det_train_array *array = &parameters->arrays[i];
        if (!is_statistic(array))
            continue;
        const size_t bytes = array->count * sizeof *out;
        if (on_device)
            DET_TRY(compute->ops->to_host(
                compute, out, det_mirrored(compute, array->value), bytes));
        else
            memcpy(out, array->value, bytes);
        out += array->count;
    }
    return DET_OK;
}

det_status det_statistics_put_back(const struct det_statistics *statistics,
                                   struct det_parameters *parameters,
                                   struct det_compute *compute)
{
    const bool on_device = parameters->newer == DET_NEWER_ON_DEVICE;
    const float *in = statistics->values;
    DET_TRY(compute->ops->wait(compute)); /* for what was kept */
    for (size_t i = 0; i < parameters->num_arrays; i++) {
        struct det_train_array *array = &parameters->arrays[i];
        if (!is_statistic(array))
            continue;
        const size_t bytes = array->count * sizeof *in;
        if (on_device)
            DET_TRY(compute->ops->to_device(
                compute, det_mirrored(compute, array->value), in, bytes));
        else
            memcpy(array->value, in, bytes);
        in += array->count;
    }
    return compute->ops->wait(compute);
}
