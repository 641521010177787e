/* SPDX-License-Identifier: MIT */
#include "train/sgd.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "compute/step.h"

det_status det_sgd_name_bad(struct det_parameters *parameters,
                            struct det_compute *compute)
{
    struct det_message *message = compute->message;
    DET_TRY(det_parameters_fetch_gradients(parameters, compute));
    for (size_t p = 0; p < parameters->num_trained; p++) {
        const struct det_train_parameter *t = &parameters->trained[p];
        for (size_t i = 0; i < t->count; i++)
            if (!isfinite(t->gradient[i]))
                return det_fail(message, DET_ERROR_NUMERIC,
                                "the gradient of \"%s\" is %g at %zu of %zu; "
                                "the step is not done: a lower learning rate, "
                                "a longer warm-up or clip_norm may help",
                                t->name, (double)t->gradient[i], i, t->count);
    }
    return det_fail(message, DET_ERROR_NUMERIC,
                    "the gradients are too large to be added up");
}

det_status det_sgd_measure(struct det_parameters *parameters,
                           struct det_compute *compute,
                           struct det_sgd_gradients *gradients)
{
    double sum;
    /* Unused room between parameters is 0. */
    DET_TRY(det_square_sum(compute, &sum,
                           det_mirrored(compute, parameters->gradients),
                           (int64_t)parameters->trained_count));
    gradients->norm = sqrt(sum) / gradients->scale;
    return DET_OK;
}

static void list_arrays(struct det_sgd_array *out,
                        const struct det_parameters *parameters,
                        const struct det_compute *compute,
                        const struct det_sgd_config *config, double rate)
{
    for (size_t p = 0; p < parameters->num_trained; p++) {
        const struct det_train_parameter *t = &parameters->trained[p];
        out[p] = (struct det_sgd_array){
            .value = det_mirrored(compute, t->value),
            .momentum = det_mirrored(compute, t->momentum),
            .gradient = det_mirrored(compute, t->gradient),
            .count = (int64_t)t->count,
            .rate = (float)(rate * (double)t->lr_factor),
            .decay = t->decays ? (float)config->weight_decay : 0.0f};
    }
}

det_status det_sgd_step(struct det_parameters *parameters,
                        struct det_compute *compute,
                        const struct det_sgd_config *config, double rate,
                        const struct det_sgd_gradients *gradients)
{
    const double norm = gradients->norm;
    const bool limited = config->clip_norm > 0.0 && norm > config->clip_norm;
    const double scale =
        (limited ? config->clip_norm / norm : 1.0) / gradients->scale;
    struct det_sgd_array *arrays;
    DET_TRY(det_allocate(&arrays, parameters->num_trained, sizeof *arrays,
                         compute->message));
    list_arrays(arrays, parameters, compute, config, rate);
    const struct det_sgd_update op = {.arrays = arrays,
                                      .num_arrays =
                                          (int32_t)parameters->num_trained,
                                      .keep = (float)config->momentum,
                                      .scale = (float)scale,
                                      .nesterov = config->nesterov};
    const det_status status = det_sgd_update(compute, &op);
    free(arrays);
    return status;
}

det_status det_sgd_clear(struct det_parameters *parameters,
                         struct det_compute *compute)
{
    return det_clear(compute, det_mirrored(compute, parameters->gradients),
                     (int64_t)parameters->trained_count);
}

det_status det_sgd_scale(struct det_parameters *parameters,
                         struct det_compute *compute, double factor)
{
    return det_scale(compute, det_mirrored(compute, parameters->gradients),
                     (int64_t)parameters->trained_count, (float)factor);
}
