/* SPDX-License-Identifier: MIT */
#include "train/sgd.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 16 }; /* elements of one partial sum */

/* Over all parameters of a network, chunk by chunk and in their order, so that
 * the sum does not depend on the number of threads. */
static double square_sum(const float *values, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sum;
}

static det_status name_bad_gradient(const struct det_parameters *parameters,
                                    struct det_message *message)
{
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

det_status det_sgd_check(const struct det_parameters *parameters, double *norm,
                         int threads, struct det_message *message)
{
    const size_t count = parameters->trained_count;
    const int64_t chunks = (int64_t)((count + CHUNK - 1) / CHUNK);
    double sum = 0.0;
    /* Unused room between parameters is 0. */
#pragma omp parallel for ordered schedule(static, 1) num_threads(threads)
    for (int64_t i = 0; i < chunks; i++) {
        const size_t first = (size_t)i * CHUNK, rest = count - first;
        const double part = square_sum(parameters->gradients + first,
                                       rest < CHUNK ? rest : CHUNK);
#pragma omp ordered
        sum += part;
    }
    *norm = sqrt(sum);
    return isfinite(sum) ? DET_OK : name_bad_gradient(parameters, message);
}

/* What one step does to every element of a parameter. */
struct rule {
    float rate, momentum, decay, scale;
    bool nesterov;
};

static void step_part(const struct det_train_parameter *p,
                      const struct rule *rule, size_t first, size_t count)
{
    float *restrict value = p->value + first;
    float *restrict momentum = p->momentum + first;
    const float *restrict gradient = p->gradient + first;
    for (size_t i = 0; i < count; i++) {
        const float g = gradient[i] * rule->scale + rule->decay * value[i];
        momentum[i] = rule->momentum * momentum[i] + g;
        value[i] -=
            rule->rate *
            (rule->nesterov ? g + rule->momentum * momentum[i] : momentum[i]);
    }
}

void det_sgd_step(struct det_parameters *parameters,
                  const struct det_sgd_config *config, double rate, double norm,
                  int threads)
{
    const bool limited = config->clip_norm > 0.0 && norm > config->clip_norm;
    const double scale = limited ? config->clip_norm / norm : 1.0;
    for (size_t p = 0; p < parameters->num_trained; p++) {
        const struct det_train_parameter *t = &parameters->trained[p];
        const struct rule rule = {
            .rate = (float)(rate * (double)t->lr_factor),
            .momentum = (float)config->momentum,
            .decay = t->decays ? (float)config->weight_decay : 0.0f,
            .scale = (float)scale,
            .nesterov = config->nesterov};
        const int64_t chunks = (int64_t)((t->count + CHUNK - 1) / CHUNK);
#pragma omp parallel for num_threads(threads) if (chunks > 1)
        for (int64_t i = 0; i < chunks; i++) {
            const size_t first = (size_t)i * CHUNK, rest = t->count - first;
            step_part(t, &rule, first, rest < CHUNK ? rest : CHUNK);
        }
    }
}

void det_sgd_clear(struct det_parameters *parameters)
{
    memset(parameters->gradients, 0,
           parameters->trained_count * sizeof *parameters->gradients);
}

void det_sgd_scale(struct det_parameters *parameters, double factor,
                   int threads)
{
    const int64_t count = (int64_t)parameters->trained_count;
    const float by = (float)factor;
#pragma omp parallel for num_threads(threads)
    for (int64_t i = 0; i < count; i++)
        parameters->gradients[i] *= by;
}
