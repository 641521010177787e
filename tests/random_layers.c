/* SPDX-License-Identifier: MIT */
#include "tests/random_layers.h"

#include <check.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tests/ops_harness.h"

static void bind(struct det_parameter *parameter, float **values)
{
    parameter->value = *values;
    *values += det_parameter_count(parameter);
}

det_status random_layers_add(struct random_layers *layers,
                             const struct det_ops *ops,
                             struct det_conv_layer *layer)
{
    const size_t weights = det_parameter_count(&layer->weight);
    const size_t channels = (size_t)layer->shape.out_channels;
    float *values = det_random_floats(&layers->random, weights + 5 * channels);
    struct det_compute compute = {.ops = ops, .threads = 1};
    float *prepared;
    ck_assert_int_lt(layers->count, RANDOM_LAYERS_MOST);
    for (size_t i = 0; i < weights; i++)
        values[i] *= 0.2f;
    for (size_t i = 0; i < channels; i++)
        values[weights + 4 * channels + i] += 1.5f;
    ck_assert_int_eq(
        det_allocate_aligned(&prepared,
                             det_conv_layer_prepared_count(layer, &compute),
                             sizeof *prepared, NULL),
        DET_OK);
    layers->memory[2 * layers->count] = values;
    layers->memory[2 * layers->count++ + 1] = prepared;
    bind(&layer->weight, &values);
    bind(&layer->bias, &values);
    bind(&layer->norm_weight, &values);
    bind(&layer->norm_bias, &values);
    bind(&layer->norm_mean, &values);
    bind(&layer->norm_variance, &values);
    return det_conv_layer_prepare(&compute, layer, prepared);
}

void random_layers_free(struct random_layers *layers)
{
    for (int i = 0; i < 2 * layers->count; i++)
        free(layers->memory[i]);
}
