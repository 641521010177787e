/* SPDX-License-Identifier: MIT */
#include "train/parameters.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Two passes over the network: the first counts, the second hands out. */
struct binding {
    struct det_parameters *out;
    const struct det_parameters_config *config;
    struct det_conv_layer *layer; /* whose parameters are visited */
    bool learns;                  /* that layer does */
    bool counting;
    size_t values, trained, name_bytes, norms; /* so far */
};

static size_t round_to_line(size_t floats)
{
    return (floats + 15) & ~(size_t)15;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* Stages of ResNets and of VGG-16. */
static bool is_frozen(const char *conv, int stages)
{
    static const char *const prefixes[][2] = {
        {"backbone.body.conv1", "backbone.body.conv1_"},
        {"backbone.body.layer1.", "backbone.body.conv2_"},
        {"backbone.body.layer2.", "backbone.body.conv3_"},
        {"backbone.body.layer3.", "backbone.body.conv4_"},
        {"backbone.body.layer4.", "backbone.body.conv5_"}};
    const int count = (int)(sizeof prefixes / sizeof prefixes[0]);
    for (int i = 0; i < stages && i < count; i++)
        if (starts_with(conv, prefixes[i][0]) ||
            starts_with(conv, prefixes[i][1]))
            return true;
    return false;
}

static bool is_statistic(const char *name)
{
    return ends_with(name, ".running_mean") || ends_with(name, ".running_var");
}

/* ------------------------------------------------------------------ binding */

static void bind_array(struct binding *b, const char *name,
                       struct det_parameter *p, size_t count)
{
    struct det_parameters *out = b->out;
    struct det_train_array *array = &out->arrays[out->num_arrays];
    float *value = out->values + b->values;
    char *copy = out->names + b->name_bytes;
    memcpy(copy, name, strlen(name) + 1);
    *array = (struct det_train_array){
        .name = copy, .value = value, .count = count, .rank = p->rank};
    memcpy(array->shape, p->shape, sizeof array->shape);
    p->value = value;
    if (ends_with(name, ".running_mean"))
        b->layer->running.mean = value;
    if (ends_with(name, ".running_var"))
        b->layer->running.variance = value;
}

static void bind_trained(struct binding *b, struct det_parameter *p,
                         size_t count)
{
    struct det_parameters *out = b->out;
    const bool is_matrix = p->rank > 1;
    p->gradient = out->gradients + b->trained;
    out->trained[out->num_trained] = (struct det_train_parameter){
        .name = out->arrays[out->num_arrays].name,
        .value = out->values + b->values,
        .gradient = p->gradient,
        .momentum = out->momenta + b->trained,
        .count = count,
        .lr_factor = 1.0f,
        .decays = is_matrix || b->config->decay_norms};
}

static det_status bind_parameter(void *user, const char *name,
                                 struct det_parameter *p)
{
    struct binding *b = user;
    const size_t count = det_parameter_count(p);
    const bool is_norm =
        p == &b->layer->norm_weight || p == &b->layer->norm_bias;
    const bool trained = b->learns && !is_statistic(name) &&
                         (!is_norm || b->layer->norm_mode == DET_NORM_BATCH);
    if (!b->counting)
        bind_array(b, name, p, count);
    p->gradient = NULL;
    if (trained) {
        if (!b->counting)
            bind_trained(b, p, count);
        b->out->num_trained++;
        b->trained += round_to_line(count);
    }
    b->out->num_arrays++;
    b->values += round_to_line(count);
    b->name_bytes += strlen(name) + 1;
    return DET_OK;
}

static det_status bind_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct binding *b = user;
    b->layer = layer;
    b->learns = !is_frozen(names->conv, b->config->freeze_stages);
    layer->norm_mode = b->learns && layer->has_norm && b->config->batch_norm
                           ? DET_NORM_BATCH
                           : DET_NORM_FIXED;
    layer->running =
        (struct det_running_statistics){.momentum = b->config->norm_momentum};
    layer->packed = layer->packed_bias = NULL;
    DET_TRY(det_conv_layer_visit(layer, names->conv, names->norm,
                                 bind_parameter, b));
    if (layer->norm_mode == DET_NORM_FIXED)
        b->norms += det_conv_layer_norm_count(layer);
    return DET_OK;
}

static det_status allocate(struct det_parameters *out, const struct binding *b,
                           struct det_message *message)
{
    out->value_count = b->values;
    out->trained_count = b->trained;
    out->norm_count = b->norms;
    DET_TRY(det_allocate(&out->trained, out->num_trained, sizeof *out->trained,
                         message));
    DET_TRY(det_allocate(&out->arrays, out->num_arrays, sizeof *out->arrays,
                         message));
    DET_TRY(det_allocate(&out->names, b->name_bytes, 1, message));
    DET_TRY(
        det_allocate_aligned(&out->values, b->values, sizeof(float), message));
    DET_TRY(det_allocate_aligned(&out->gradients, b->trained, sizeof(float),
                                 message));
    DET_TRY(det_allocate_aligned(&out->momenta, b->trained, sizeof(float),
                                 message));
    DET_TRY(
        det_allocate_aligned(&out->norms, b->norms, sizeof(float), message));
    memset(out->values, 0, b->values * sizeof(float));
    memset(out->gradients, 0, b->trained * sizeof(float));
    memset(out->momenta, 0, b->trained * sizeof(float));
    return DET_OK;
}

static det_status bind(struct det_parameters *out, struct det_network *network,
                       const struct det_parameters_config *config,
                       struct det_message *message)
{
    struct binding b = {.out = out, .config = config, .counting = true};
    const struct det_layer_visitor visitor = {bind_layer, &b};
    DET_TRY(det_network_visit_layers(network, &visitor));
    DET_TRY(allocate(out, &b, message));
    out->num_trained = out->num_arrays = 0;
    b = (struct binding){.out = out, .config = config};
    return det_network_visit_layers(network, &visitor);
}

det_status det_parameters_create(struct det_parameters *out,
                                 struct det_network *network,
                                 const struct det_parameters_config *config,
                                 struct det_message *message)
{
    *out = (struct det_parameters){0};
    const det_status status = bind(out, network, config, message);
    if (status != DET_OK)
        det_parameters_destroy(out);
    return status;
}

void det_parameters_destroy(struct det_parameters *parameters)
{
    for (int i = 0; i < DET_PARAMETER_MIRRORS; i++)
        det_mirror_destroy(&parameters->mirrors[i], parameters->ops);
    free(parameters->trained);
    free(parameters->arrays);
    free(parameters->names);
    free(parameters->values);
    free(parameters->gradients);
    free(parameters->momenta);
    free(parameters->averages);
    free(parameters->norms);
    *parameters = (struct det_parameters){0};
}

/* ------------------------------------------------------------------ mirrors */

enum { VALUES, GRADIENTS, MOMENTA, AVERAGES, NORMS }; /* mirrors */

det_status det_parameters_send(struct det_parameters *parameters,
                               struct det_compute *compute)
{
    struct det_mirror *m = parameters->mirrors;
    const size_t values = parameters->value_count * sizeof(float);
    const size_t trained = parameters->trained_count * sizeof(float);
    if (compute->ops->shares_memory || parameters->newer != DET_NEWER_ON_HOST)
        return DET_OK;
    parameters->ops = compute->ops;
    DET_TRY(det_mirror_send(compute, &m[VALUES], parameters->values, values));
    DET_TRY(det_mirror_send(compute, &m[GRADIENTS], parameters->gradients,
                            trained));
    DET_TRY(
        det_mirror_send(compute, &m[MOMENTA], parameters->momenta, trained));
    if (parameters->averages)
        DET_TRY(det_mirror_send(compute, &m[AVERAGES], parameters->averages,
                                values));
    DET_TRY(det_mirror_send(compute, &m[NORMS], parameters->norms,
                            parameters->norm_count * sizeof(float)));
    compute->mirrors = m;
    compute->num_mirrors = DET_PARAMETER_MIRRORS;
    parameters->newer = DET_NEWER_NOWHERE;
    return DET_OK;
}

void det_parameters_changed(struct det_parameters *parameters,
                            const struct det_compute *compute)
{
    if (!compute->ops->shares_memory)
        parameters->newer = DET_NEWER_ON_DEVICE;
}

det_status det_parameters_fetch(struct det_parameters *parameters,
                                struct det_compute *compute)
{
    if (parameters->newer != DET_NEWER_ON_DEVICE)
        return DET_OK;
    DET_TRY(det_mirror_fetch(compute, &parameters->mirrors[VALUES]));
    DET_TRY(det_mirror_fetch(compute, &parameters->mirrors[MOMENTA]));
    DET_TRY(det_mirror_fetch(compute, &parameters->mirrors[AVERAGES]));
    parameters->newer = DET_NEWER_NOWHERE;
    return compute->ops->wait(compute);
}

det_status det_parameters_fetch_gradients(struct det_parameters *parameters,
                                          struct det_compute *compute)
{
    DET_TRY(det_mirror_fetch(compute, &parameters->mirrors[GRADIENTS]));
    return compute->ops->wait(compute);
}

/* ---------------------------------------------------------------- preparing */

static det_status prepare_norm(void *user, const struct det_layer_names *names,
                               struct det_conv_layer *layer)
{
    float **memory = user;
    (void)names;
    if (layer->norm_mode == DET_NORM_FIXED) {
        det_conv_layer_prepare_norm(layer, *memory);
        *memory += det_conv_layer_norm_count(layer);
    }
    return DET_OK;
}

det_status det_parameters_prepare(struct det_parameters *parameters,
                                  struct det_network *network)
{
    float *memory = parameters->norms;
    const struct det_layer_visitor visitor = {prepare_norm, &memory};
    parameters->newer = DET_NEWER_ON_HOST;
    return det_network_visit_layers(network, &visitor);
}

const float *det_parameters_result(const struct det_parameters *parameters,
                                   const struct det_train_array *array)
{
    return parameters->averages
               ? parameters->averages + (array->value - parameters->values)
               : array->value;
}

struct det_train_array *
det_parameters_find(const struct det_parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->num_arrays; i++)
        if (strcmp(parameters->arrays[i].name, name) == 0)
            return &parameters->arrays[i];
    return NULL;
}
