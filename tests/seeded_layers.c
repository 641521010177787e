/* SPDX-License-Identifier: MIT */
#include "tests/seeded_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ------------------------------------------------------------------ numbers */

/* splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Mean 0, deviation 1: the sum of four uniform numbers, near enough to a
 * normal one and, being whole-number arithmetic, the same everywhere. */
static float next_normal(uint64_t *state)
{
    const uint64_t bits = next_bits(state);
    int32_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += (int32_t)(bits >> (16 * i) & 0xffff);
    return (float)(sum - 2 * 0xffff) * 2.642914e-5f; /* sqrt(3) / 65536 */
}

/* ------------------------------------------------------------------- layers */

/* He et al. 2015, "Delving Deep into Rectifiers": variance 2 / fan-in. */
static void fill_weight(float *values, const struct det_conv_layer *layer,
                        uint64_t *state)
{
    const size_t count = det_parameter_count(&layer->weight);
    const size_t fan_in = layer->kind == DET_CONV_TRANSPOSED
                              ? (size_t)layer->shape.in_channels
                              : count / (size_t)layer->shape.out_channels;
    const float deviation = sqrtf(2.0f / (float)fan_in);
    for (size_t i = 0; i < count; i++)
        values[i] = deviation * next_normal(state);
}

/* A residual block's last norm starts small, so that the sum of many blocks
 * stays near 1. */
static float norm_gain(const char *norm, int32_t depth)
{
    const char *last = depth < 50 ? "bn2" : "bn3";
    const char *dot = strrchr(norm, '.');
    return dot && strcmp(dot + 1, last) == 0 ? 0.3f : 1.0f;
}

static void bind(struct det_parameter *parameter, float **values, float fill)
{
    const size_t count = det_parameter_count(parameter);
    for (size_t i = 0; i < count; i++)
        (*values)[i] = fill;
    parameter->value = *values;
    *values += count;
}

struct creation {
    struct seeded_layers *layers;
    struct det_message *message;
    uint64_t state;
    int32_t depth; /* of the ResNet */
    bool counting;
};

static det_status create_layer(void *user, const struct det_layer_names *names,
                               struct det_conv_layer *layer)
{
    struct creation *c = user;
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    const size_t channels = (size_t)layer->shape.out_channels;
    if (c->counting) {
        c->layers->count++;
        return DET_OK;
    }
    struct seeded_layer *item = &c->layers->items[c->layers->count++];
    item->layer = layer;
    DET_TRY(det_allocate(&item->values,
                         det_parameter_count(&layer->weight) + 5 * channels,
                         sizeof(float), c->message));
    DET_TRY(det_allocate_aligned(&item->prepared,
                                 det_conv_layer_prepared_count(layer, &compute),
                                 sizeof(float), c->message));

    float *values = item->values;
    bind(&layer->weight, &values, 0.0f);
    fill_weight(item->values, layer, &c->state);
    if (layer->has_bias)
        bind(&layer->bias, &values, 0.0f);
    if (layer->has_norm) {
        bind(&layer->norm_weight, &values, norm_gain(names->norm, c->depth));
        bind(&layer->norm_bias, &values, 0.0f);
        bind(&layer->norm_mean, &values, 0.0f);
        bind(&layer->norm_variance, &values, 1.0f);
    }
    return det_conv_layer_prepare(&compute, layer, item->prepared);
}

det_status seeded_layers_create(struct seeded_layers *out,
                                struct det_network *network, uint64_t seed,
                                struct det_message *message)
{
    struct creation c = {.layers = out,
                         .message = message,
                         .state = seed,
                         .depth = network->architecture->depth,
                         .counting = true};
    const struct det_layer_visitor visitor = {create_layer, &c};
    *out = (struct seeded_layers){0};
    DET_TRY(det_network_visit_layers(network, &visitor));
    DET_TRY(det_allocate(&out->items, out->count, sizeof *out->items, message));
    out->count = 0;
    c.counting = false;
    return det_network_visit_layers(network, &visitor);
}

void seeded_layers_destroy(struct seeded_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++) {
        free(layers->items[i].values);
        free(layers->items[i].prepared);
    }
    free(layers->items);
    *layers = (struct seeded_layers){0};
}
