/* SPDX-License-Identifier: MIT */
#include "detector/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/class_names.h"
#include "detector/check_weights.h"
#include "detector/context.h"
#include "detector/import_caffe.h"
#include "detector/import_detectron.h"
#include "detector/mean_image.h"
#include "detector/metadata.h"
#include "detector/model.h"
#include "weights/read.h"
#include "weights/safetensors.h"

/* -------------------------------------------------------- translating names */

static int compare_tensors(const void *a, const void *b)
{
    const struct det_import_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

struct det_import_tensor *det_import_find(const struct det_import *import,
                                          const char *name)
{
    struct det_import_tensor key;
    if (strlen(name) >= sizeof key.name)
        return NULL;
    memcpy(key.name, name, strlen(name) + 1);
    return bsearch(&key, import->tensors, import->count,
                   sizeof *import->tensors, compare_tensors);
}

static det_status check_unique(const struct det_import *import,
                               struct det_message *message)
{
    for (size_t i = 1; i < import->count; i++)
        if (strcmp(import->tensors[i - 1].name, import->tensors[i].name) == 0)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensors \"%s\" and \"%s\" are the same parameter "
                            "\"%s\"",
                            import->tensors[i - 1].weight->name,
                            import->tensors[i].weight->name,
                            import->tensors[i].name);
    return DET_OK;
}

static const char *preset_of_names(const struct det_weights *weights)
{
    return det_names_are_detectron2(weights) ? "detectron2" : "torchvision";
}

/* The tensors point into `weights`. */
static det_status translate(struct det_import *out,
                            const struct det_weights *weights,
                            struct det_message *message)
{
    const bool detectron2 = strcmp(out->preset, "detectron2") == 0;
    DET_TRY(det_allocate(&out->tensors, weights->count, sizeof *out->tensors,
                         message));
    for (size_t i = 0; i < weights->count; i++) {
        struct det_import_tensor *tensor = &out->tensors[out->count];
        const char *name = weights->items[i].name;
        if (strlen(name) >= DET_NAME_SIZE)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensor name of %zu bytes; no parameter has more "
                            "than %d",
                            strlen(name), DET_NAME_SIZE - 1);
        const enum det_rename rename =
            detectron2 ? det_rename_detectron2(tensor->name, name)
                       : det_rename_torchvision(tensor->name, name);
        if (rename == DET_RENAME_IGNORE)
            continue;
        tensor->weight = &weights->items[i];
        out->count++;
    }
    qsort(out->tensors, out->count, sizeof *out->tensors, compare_tensors);
    return check_unique(out, message);
}

/* ---------------------------------------------------- matching the network */

/* The model file's tensors: the network's order, F32, contiguous. */
struct selection {
    struct det_import *import;
    struct det_message *message;
    struct det_safetensors_item *items;
    size_t count, capacity;
    bool half;
};

static det_status select_parameter(void *user, const char *name,
                                   struct det_parameter *parameter)
{
    struct selection *s = user;
    struct det_import_tensor *tensor = det_import_find(s->import, name);
    if (!tensor)
        return det_fail(s->message, DET_ERROR_MODEL,
                        "tensor \"%s\" is missing: the file does not hold the "
                        "whole network",
                        name);
    DET_TRY(det_weight_check_shape(tensor->weight, parameter, s->message));
    DET_TRY(det_weight_check_finite(tensor->weight, s->message));
    tensor->used = true;
    s->items[s->count].name = tensor->name;
    s->items[s->count].weight = tensor->weight;
    s->items[s->count].half = s->half && tensor->weight->rank > 1;
    s->count++;
    return DET_OK;
}

static det_status check_all_used(const struct det_import *import,
                                 const struct det_architecture *a,
                                 struct det_message *message)
{
    for (size_t i = 0; i < import->count; i++)
        if (!import->tensors[i].used)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensor \"%s\" does not belong to %s",
                            import->tensors[i].weight->name, a->name);
    return DET_OK;
}

/* ------------------------------------------------------------------ options */

void det_convert_options_init(det_convert_options *options)
{
    *options = (det_convert_options){.struct_size = sizeof *options};
}

static det_status read_options(det_convert_options *out,
                               const det_convert_options *options,
                               struct det_message *message)
{
    det_convert_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "conversion options of %zu bytes; this library knows "
                        "%zu: call det_convert_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

static det_status choose_architecture(const struct det_architecture **out,
                                      const struct det_import *import,
                                      const det_convert_options *options,
                                      struct det_message *message)
{
    if (options->architecture) {
        *out = det_architecture_find(options->architecture);
        if (!*out)
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "unknown architecture \"%s\"; --list-archs names "
                            "those that are known",
                            options->architecture);
        return DET_OK;
    }
    *out = det_recognise(import);
    if (!*out)
        return det_fail(message, DET_ERROR_MODEL,
                        "no known architecture has these tensors; --list "
                        "shows them, --arch names the architecture");
    return DET_OK;
}

/* A model file says it all, unless another architecture or preset is wanted. */
static bool keeps_metadata(const struct det_weights *weights,
                           const det_convert_options *options)
{
    return det_metadata_is_there(weights) && !options->architecture &&
           !options->preset;
}

static det_status choose_metadata(struct det_metadata *out,
                                  const struct det_weights *weights,
                                  const struct det_import *import,
                                  const det_convert_options *options,
                                  struct det_message *message)
{
    const struct det_architecture *a;
    if (keeps_metadata(weights, options))
        return det_metadata_read(out, weights, message);
    DET_TRY(choose_architecture(&a, import, options, message));
    const char *name = options->preset ? options->preset : a->preset;
    const struct det_preset *preset = det_preset_find(name);
    if (!preset)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "unknown preset \"%s\"; there are torchvision, "
                        "torchvision-double, detectron2, caffe, detectron",
                        name);
    *out = det_metadata_default(a, preset);
    return DET_OK;
}

static det_status use_own_colours(struct det_metadata *metadata,
                                  const det_convert_options *options,
                                  struct det_message *message)
{
    struct det_preset *p = &metadata->preset;
    if (options->mean)
        memcpy(p->mean, options->mean, sizeof p->mean);
    if (options->std)
        memcpy(p->std, options->std, sizeof p->std);
    return options->mean_path
               ? det_mean_image_read(p->mean, options->mean_path, message)
               : DET_OK;
}

/* --------------------------------------------------------------- class names
 */

enum { MAX_CLASSES_FILE = 1 << 20 };

/* Checked names in *text, NULL when there are none; returned with free(). */
static det_status read_classes(char **text, const char *path, int32_t labels,
                               struct det_message *message)
{
    uint8_t *data;
    size_t size;
    struct det_labels checked;
    DET_TRY(det_file_read(&data, &size, path, MAX_CLASSES_FILE, message));
    det_status status =
        det_labels_parse(&checked, (const char *)data, size, labels, message);
    if (status != DET_OK)
        det_message_prefix(message, path);
    det_labels_destroy(&checked);
    if (status == DET_OK)
        status = det_allocate(text, size + 1, 1, message);
    if (status == DET_OK)
        memcpy(*text, data, size);
    free(data);
    return status;
}

static det_status choose_classes(char **text,
                                 const struct det_network_config *config,
                                 const det_convert_options *options,
                                 struct det_message *message)
{
    const int32_t labels = det_network_config_labels(config);
    const bool background = det_architecture_detects(config->architecture) &&
                            config->preset->background_first;
    *text = NULL;
    if (options->classes_path)
        return read_classes(text, options->classes_path, labels, message);
    DET_TRY(det_allocate(text, DET_CLASS_NAMES_SIZE, 1, message));
    if (det_class_names_for(*text, DET_CLASS_NAMES_SIZE, labels, background) ==
        0) {
        free(*text);
        *text = NULL;
        det_log(message, DET_LOG_WARNING,
                "no built-in names for %d labels: labels will be printed as "
                "numbers; --classes FILE gives names",
                labels);
    }
    return DET_OK;
}

/* ---------------------------------------------------------------- converting
 */

/* Everything a conversion holds, freed in one place. */
struct conversion {
    struct det_weights weights;
    struct det_weights renamed; /* Caffe's and Detectron's, under torchvision's
                                   names */
    struct det_import import;
    struct det_network network;
    struct det_metadata metadata;
    struct selection selection;
    char *classes;
};

static void destroy_conversion(struct conversion *c)
{
    free(c->classes);
    free(c->selection.items);
    free(c->import.tensors);
    det_network_destroy(&c->network);
    det_weights_destroy(&c->renamed);
    det_weights_destroy(&c->weights);
}

static const struct det_weight *find_weight(const void *file, const char *name)
{
    const struct det_import_tensor *tensor = det_import_find(file, name);
    return tensor ? tensor->weight : NULL;
}

static det_status network_config(struct det_network_config *out,
                                 const struct conversion *c,
                                 struct det_message *message)
{
    *out = (struct det_network_config){.architecture = c->metadata.architecture,
                                       .preset = &c->metadata.preset,
                                       .norm_eps = c->metadata.norm_eps,
                                       .context = c->metadata.context};
    return det_network_config_read(out, find_weight, &c->import, message);
}

/* Foreign files do not say whether they have context; the shapes do. */
static det_status init_network(struct conversion *c,
                               struct det_network_config *config,
                               struct det_message *message)
{
    DET_TRY(det_network_init(&c->network, config, message));
    if (det_weights_check_context(&c->network, find_weight, &c->import, NULL) ==
        DET_OK)
        return DET_OK;
    det_network_destroy(&c->network);
    config->context = c->metadata.context = !config->context;
    return det_network_init(&c->network, config, message);
}

static det_status select_tensors(struct conversion *c,
                                 struct det_message *message)
{
    DET_TRY(det_allocate(&c->selection.items, c->import.count,
                         sizeof *c->selection.items, message));
    c->selection.import = &c->import;
    c->selection.message = message;
    DET_TRY(det_network_visit_parameters(&c->network, select_parameter,
                                         &c->selection));
    return check_all_used(&c->import, c->metadata.architecture, message);
}

static det_status write_model(const struct conversion *c, const char *path,
                              struct det_message *message)
{
    struct det_metadata_text text;
    struct det_safetensors_pair pairs[DET_METADATA_ENTRIES];
    det_metadata_format(&text, &c->metadata);
    for (size_t i = 0; i < text.count; i++) {
        pairs[i].key = text.entries[i].key;
        pairs[i].value = text.entries[i].value;
    }
    return det_safetensors_write(path, c->selection.items, c->selection.count,
                                 pairs, text.count, message);
}

static det_status read_weights(struct conversion *c, const char *path,
                               struct det_message *message)
{
    DET_TRY(det_weights_read(&c->weights, path, message));
    if (det_weights_are_caffe(&c->weights)) {
        c->import.preset = "caffe";
        DET_TRY(det_import_caffe(&c->renamed, &c->weights, message));
        return translate(&c->import, &c->renamed, message);
    }
    if (det_weights_are_detectron(&c->weights)) {
        c->import.preset = "detectron";
        DET_TRY(det_import_detectron(&c->renamed, &c->weights, message));
        return translate(&c->import, &c->renamed, message);
    }
    c->import.preset = preset_of_names(&c->weights);
    return translate(&c->import, &c->weights, message);
}

static det_status convert(struct conversion *c, const char *in_path,
                          const char *out_path,
                          const det_convert_options *options,
                          struct det_message *message)
{
    struct det_network_config config;
    DET_TRY(read_weights(c, in_path, message));
    DET_TRY(choose_metadata(&c->metadata, &c->weights, &c->import, options,
                            message));
    DET_TRY(use_own_colours(&c->metadata, options, message));
    DET_TRY(network_config(&config, c, message));
    c->metadata.class_agnostic = det_network_config_is_agnostic(&config);
    DET_TRY(init_network(c, &config, message));
    c->selection.half = options->half;
    DET_TRY(select_tensors(c, message));
    if (options->classes_path || !c->metadata.classes) {
        DET_TRY(choose_classes(&c->classes, &config, options, message));
        c->metadata.classes = c->classes;
    }
    DET_TRY(write_model(c, out_path, message));
    det_log(message, DET_LOG_INFO, "%s: %s, preset %s, %zu tensors, %d labels",
            out_path, config.architecture->name, c->metadata.preset.name,
            c->selection.count, det_network_config_labels(&config));
    return DET_OK;
}

det_status det_convert(det_context *context, const char *in_path,
                       const char *out_path, const det_convert_options *options)
{
    if (!context || !in_path || !out_path)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_convert_options effective;
    DET_TRY(read_options(&effective, options, message));
    struct conversion c = {0};
    const det_status status =
        convert(&c, in_path, out_path, &effective, message);
    destroy_conversion(&c);
    return status;
}

/* ------------------------------------------------------------------- listing
 */

det_status det_list_weights(det_context *context, const char *path,
                            det_weight_fn fn, void *user)
{
    if (!context || !path || !fn)
        return DET_ERROR_ARGUMENT;
    struct det_weights weights;
    DET_TRY(det_weights_read(&weights, path, det_context_sink(context)));
    for (size_t i = 0; i < weights.count; i++) {
        const struct det_weight *w = &weights.items[i];
        const det_weight_info info = {.name = w->name,
                                      .dtype = det_dtype_name(w->dtype),
                                      .shape = w->shape,
                                      .rank = w->rank};
        fn(user, &info);
    }
    det_weights_destroy(&weights);
    return DET_OK;
}
