/* SPDX-License-Identifier: MIT */
#include "detector/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detector/check_weights.h"
#include "detector/context.h"
#include "detector/metadata.h"
#include "weights/safetensors.h"

/* ------------------------------------------------- parameters from the file */

struct binding {
    const struct det_weights *weights;
    struct det_message *message;
    size_t bound;
};

static det_status bind_parameter(void *user, const char *name,
                                 struct det_parameter *parameter)
{
    struct binding *binding = user;
    const struct det_weight *weight = det_weights_find(binding->weights, name);
    if (!weight)
        return det_fail(binding->message, DET_ERROR_MODEL,
                        "tensor \"%s\" is missing", name);
    DET_TRY(det_weight_check_shape(weight, parameter, binding->message));
    if (weight->dtype != DET_DTYPE_F32)
        return det_fail(binding->message, DET_ERROR_MODEL,
                        "tensor \"%s\" is %s; a model has F32, F16 or BF16: "
                        "make the file with detect-convert",
                        name, det_dtype_name(weight->dtype));
    parameter->value = (const float *)(const void *)weight->data;
    binding->bound++;
    return DET_OK;
}

static det_status unbind_parameter(void *user, const char *name,
                                   struct det_parameter *parameter)
{
    (void)user;
    (void)name;
    parameter->value = NULL;
    return DET_OK;
}

struct search {
    const char *name;
    bool found;
};

static det_status compare_name(void *user, const char *name,
                               struct det_parameter *parameter)
{
    struct search *search = user;
    (void)parameter;
    search->found |= strcmp(search->name, name) == 0;
    return DET_OK;
}

/* Name the first tensor that no parameter wants. */
static det_status fail_extra(struct det_network *network,
                             const struct det_weights *weights,
                             struct det_message *message)
{
    for (size_t i = 0; i < weights->count; i++) {
        struct search search = {weights->items[i].name, false};
        DET_TRY(det_network_visit_parameters(network, compare_name, &search));
        if (!search.found)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensor \"%s\" does not belong to this "
                            "architecture",
                            search.name);
    }
    return det_fail(message, DET_ERROR_MODEL, "a tensor occurs twice");
}

static det_status bind_parameters(struct det_network *network,
                                  const struct det_weights *weights,
                                  struct det_message *message)
{
    struct binding binding = {weights, message, 0};
    DET_TRY(det_network_visit_parameters(network, bind_parameter, &binding));
    if (binding.bound != weights->count)
        return fail_extra(network, weights, message);
    return DET_OK;
}

/* ---------------------------------------------------------- prepared layers */

struct preparation {
    struct det_compute *compute;
    const struct det_mapping *file; /* of the parameters */
    float *memory; /* where the next layer goes; NULL: only count */
    size_t count;
};

/* What is packed is not needed a second time. */
static det_status release_parameter(void *user, const char *name,
                                    struct det_parameter *parameter)
{
    const struct preparation *p = user;
    (void)name;
    det_mapping_release(p->file, parameter->value,
                        det_parameter_count(parameter) *
                            sizeof *parameter->value);
    return DET_OK;
}

static det_status pack_layer(struct preparation *p,
                             const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    DET_TRY(det_conv_layer_prepare(p->compute, layer, p->memory + p->count));
    return det_conv_layer_visit(layer, names->conv, names->norm,
                                release_parameter, p);
}

static det_status prepare_layer(void *user, const struct det_layer_names *names,
                                struct det_conv_layer *layer)
{
    struct preparation *p = user;
    const size_t count = det_conv_layer_prepared_count(layer, p->compute);
    if (p->memory)
        DET_TRY(pack_layer(p, names, layer));
    p->count += count;
    return DET_OK;
}

static det_status prepare_on(struct det_model *model,
                             const struct det_mapping *file,
                             struct det_compute *compute)
{
    struct preparation p = {.compute = compute, .file = file};
    const struct det_layer_visitor visitor = {prepare_layer, &p};
    DET_TRY(det_network_visit_layers(&model->network, &visitor));
    DET_TRY(model->ops->allocate(&model->prepared, p.count * sizeof(float),
                                 compute->message));
    p.memory = model->prepared;
    p.count = 0;
    DET_TRY(det_network_visit_layers(&model->network, &visitor));
    p = (struct preparation){.compute = compute};
    DET_TRY(det_backbone_visit_layers(&model->network.backbone, "", &visitor));
    model->trunk_count = p.count;
    return DET_OK;
}

/* FNV-1a, a float at a time. */
static det_status add_to_digest(void *user, const char *name,
                                struct det_parameter *parameter)
{
    uint64_t *digest = user, hash = *digest;
    const size_t count = det_parameter_count(parameter);
    (void)name;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &parameter->value[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
        hash ^= hash >> 32;
    }
    *digest = hash;
    return DET_OK;
}

static det_status add_layer_to_digest(void *user,
                                      const struct det_layer_names *names,
                                      struct det_conv_layer *layer)
{
    return det_conv_layer_visit(layer, names->conv, names->norm, add_to_digest,
                                user);
}

static det_status digest_trunk(struct det_model *model)
{
    const struct det_layer_visitor visitor = {add_layer_to_digest,
                                              &model->trunk_digest};
    model->trunk_digest = 0xcbf29ce484222325u;
    return det_backbone_visit_layers(&model->network.backbone, "", &visitor);
}

/* The device is open for as long as it takes; its memory stays. */
static det_status prepare_layers(struct det_model *model,
                                 const struct det_mapping *file,
                                 struct det_message *message)
{
    const struct det_device_options options = {.precision = model->precision};
    struct det_compute compute = {.ops = model->ops,
                                  .element = det_element_of(model->precision),
                                  .threads = model->context->threads,
                                  .message = message};
    DET_TRY(model->ops->open(&compute.device, &options, message));
    const det_status status = prepare_on(model, file, &compute);
    model->ops->close(&compute.device);
    return status;
}

/* ------------------------------------------------------------------ loading */

static const struct det_weight *find_weight(const void *file, const char *name)
{
    return det_weights_find(file, name);
}

static det_status build_model(struct det_model *model,
                              const struct det_weights *weights,
                              struct det_message *message)
{
    struct det_metadata metadata;
    DET_TRY(det_metadata_read(&metadata, weights, message));
    model->preset = metadata.preset;
    struct det_network_config config = {.architecture = metadata.architecture,
                                        .preset = &model->preset,
                                        .norm_eps = metadata.norm_eps,
                                        .context = metadata.context};
    DET_TRY(det_network_config_read(&config, find_weight, weights, message));
    DET_TRY(det_network_config_check_agnostic(&config, metadata.class_agnostic,
                                              message));
    DET_TRY(det_network_init(&model->network, &config, message));
    DET_TRY(det_weights_check_context(&model->network, find_weight, weights,
                                      message));
    DET_TRY(bind_parameters(&model->network, weights, message));
    DET_TRY(det_weights_check_finite(weights, message));
    model->num_labels = det_network_config_labels(&config);
    if (metadata.classes)
        DET_TRY(det_labels_parse(&model->labels, metadata.classes,
                                 strlen(metadata.classes), model->num_labels,
                                 message));
    if (!model->ops->shares_memory)
        DET_TRY(digest_trunk(model));
    DET_TRY(prepare_layers(model, &weights->mapping, message));
    return det_network_visit_parameters(&model->network, unbind_parameter,
                                        NULL);
}

det_status det_model_create(det_model **out, const det_context *context,
                            const struct det_ops *ops, det_precision precision,
                            const struct det_weights *weights,
                            struct det_message *message)
{
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->context = context;
    (*out)->ops = ops;
    (*out)->precision = precision;
    DET_TRY_OR_FAIL(build_model(*out, weights, message));
    return DET_OK;
fail:
    det_model_destroy(out);
    return status;
}

static det_status load(struct det_model *model, const char *path,
                       struct det_message *message)
{
    struct det_weights weights;
    DET_TRY(det_safetensors_open(&weights, path, message));
    det_status status = det_weights_make_floats(&weights, message);
    if (status == DET_OK)
        status = build_model(model, &weights, message);
    det_weights_destroy(&weights);
    if (status != DET_OK)
        det_message_prefix(message, path);
    return status;
}

det_status det_model_load(det_context *context, const char *path,
                          det_model **out)
{
    return det_model_load_on(context, path, "cpu", out);
}

det_status det_model_load_on(det_context *context, const char *path,
                             const char *device, det_model **out)
{
    return det_model_load_with_precision(context, path, device,
                                         DET_PRECISION_FP32, out);
}

det_status det_model_load_with_precision(det_context *context, const char *path,
                                         const char *device,
                                         det_precision precision,
                                         det_model **out)
{
    if (!context || !path || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    const struct det_ops *ops;
    det_status status;
    *out = NULL;
    DET_TRY(det_ops_find(&ops, device, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->context = context;
    (*out)->ops = ops;
    (*out)->precision = precision;
    DET_TRY_OR_FAIL(load(*out, path, message));
    return DET_OK;
fail:
    det_model_destroy(out);
    return status;
}

void det_model_destroy(det_model **model)
{
    if (!model || !*model)
        return;
    det_network_destroy(&(*model)->network);
    det_labels_destroy(&(*model)->labels);
    if ((*model)->ops)
        (*model)->ops->release((*model)->prepared);
    free(*model);
    *model = NULL;
}

/* ---------------------------------------------------------------- the device
 */

static det_status check_device(const det_model *model,
                               const struct det_compute *compute,
                               struct det_message *message)
{
    if (model->ops != compute->ops)
        return det_fail(message, DET_ERROR_DEVICE,
                        "a model that was loaded for %s does not run on %s: "
                        "load it with det_model_load_on",
                        model->ops->device, compute->ops->device);
    if (det_element_of(model->precision) != compute->element)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a model whose weights were loaded as %s does not run "
                        "in %s: load it with det_model_load_with_precision",
                        det_element_name(det_element_of(model->precision)),
                        det_element_name(compute->element));
    return DET_OK;
}

det_status det_models_check_device(const det_model *const *models, size_t count,
                                   const struct det_engine *engine,
                                   struct det_message *message)
{
    for (size_t i = 0; i < count; i++)
        DET_TRY(check_device(models[i], &engine->compute, message));
    return DET_OK;
}

det_status det_models_engine(struct det_engine *out,
                             const det_model *const *models, size_t count,
                             const struct det_engine_options *options,
                             struct det_message *message)
{
    struct det_engine_options own = *options;
    if (!own.device)
        own.device = models[0]->ops->device;
    DET_TRY(det_engine_create(out, &own, message));
    return det_models_check_device(models, count, out, message);
}

/* ------------------------------------------------------------------ queries */

const char *det_model_architecture(const det_model *model)
{
    return model ? model->network.architecture->name : "";
}

const char *det_model_preset(const det_model *model)
{
    return model ? model->preset.name : "";
}

int det_model_has_masks(const det_model *model)
{
    return model && model->network.architecture->masks;
}

det_model_kind det_model_kind_of(const det_model *model)
{
    return model ? model->network.architecture->kind : DET_MODEL_DETECTOR;
}

int32_t det_model_label_count(const det_model *model)
{
    return model ? model->num_labels : 0;
}

const char *det_model_label_name(const det_model *model, int32_t label)
{
    if (!model || label < 0 || label >= model->labels.count)
        return "";
    return model->labels.names[label];
}
