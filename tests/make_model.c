/* SPDX-License-Identifier: MIT */
/*
 * usage: make_model ARCH SEED OUT.safetensors [LABELS [MIN_SIZE [CONTEXT]]]
 *
 * A model file of any architecture with random weights made from a seed, for
 * tests and the demo.  A detector of them detects something in most photos,
 * and what it says means nothing.  LABELS counts what det_model_label_count
 * would (91 for torchvision's, 80 for Detectron2's, 1000 for classifiers);
 * photos' shorter sides become MIN_SIZE pixels, which makes tests fast.  With a
 * CONTEXT of 1 the classifiers see the whole image, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/class_names.h"
#include "detector/metadata.h"
#include "tests/calibrate.h"
#include "weights/safetensors.h"

struct request {
    const struct det_architecture *architecture;
    uint64_t seed;
    const char *path;
    int32_t labels;   /* 0: as published models have */
    int32_t min_size; /* 0: the preset's */
    bool context;
};

struct output {
    struct det_safetensors_item *items;
    struct det_weight *weights;
    char (*names)[DET_NAME_SIZE];
    size_t count;
    bool counting;
};

static det_status add_tensor(void *user, const char *name,
                             struct det_parameter *parameter)
{
    struct output *out = user;
    const size_t i = out->count++;
    if (out->counting)
        return DET_OK;
    struct det_weight *weight = &out->weights[i];
    snprintf(out->names[i], DET_NAME_SIZE, "%s", name);
    weight->name = out->names[i];
    weight->dtype = DET_DTYPE_F32;
    weight->rank = parameter->rank;
    weight->data = (const uint8_t *)(const void *)parameter->value;
    for (int32_t d = 0; d < parameter->rank; d++)
        weight->shape[d] = parameter->shape[d];
    if (!det_weight_set_contiguous(weight))
        return DET_ERROR_ARGUMENT;
    out->items[i].name = weight->name;
    out->items[i].weight = weight;
    return DET_OK;
}

static det_status collect_tensors(struct output *out,
                                  struct det_network *network,
                                  struct det_message *message)
{
    out->counting = true;
    DET_TRY(det_network_visit_parameters(network, add_tensor, out));
    DET_TRY(det_allocate(&out->items, out->count, sizeof *out->items, message));
    DET_TRY(
        det_allocate(&out->weights, out->count, sizeof *out->weights, message));
    DET_TRY(det_allocate(&out->names, out->count, sizeof *out->names, message));
    out->counting = false;
    out->count = 0;
    return det_network_visit_parameters(network, add_tensor, out);
}

static det_status write_model(struct det_network *network,
                              const struct det_metadata *metadata,
                              const char *path, struct det_message *message)
{
    struct output out = {0};
    struct det_metadata_text text;
    struct det_safetensors_pair pairs[DET_METADATA_ENTRIES];
    det_metadata_format(&text, metadata);
    for (size_t i = 0; i < text.count; i++) {
        pairs[i].key = text.entries[i].key;
        pairs[i].value = text.entries[i].value;
    }
    det_status status = collect_tensors(&out, network, message);
    if (status == DET_OK)
        status = det_safetensors_write(path, out.items, out.count, pairs,
                                       text.count, message);
    free(out.items);
    free(out.weights);
    free(out.names);
    return status;
}

/* Class columns of the predictors for a number of labels. */
static struct det_network_config
network_config(const struct request *request,
               const struct det_metadata *metadata)
{
    const struct det_architecture *a = request->architecture;
    const struct det_preset *p = &metadata->preset;
    const int32_t usual = !det_architecture_detects(a) ? 1000
                          : p->background_first        ? 91
                                                       : 80;
    const int32_t labels = request->labels ? request->labels : usual;
    const int32_t scores = !det_architecture_detects(a) || p->background_first
                               ? labels
                               : labels + 1;
    return (struct det_network_config){
        .architecture = a,
        .preset = p,
        .norm_eps = metadata->norm_eps,
        .num_scores = scores,
        .context = request->context,
        .num_delta_classes = p->background_has_deltas ? scores : scores - 1};
}

static det_status make_network(struct det_network *network,
                               struct seeded_layers *layers,
                               const struct request *request,
                               struct det_message *message)
{
    static char classes[DET_CLASS_NAMES_SIZE];
    const struct det_architecture *a = request->architecture;
    struct det_metadata metadata =
        det_metadata_default(a, det_preset_find(a->preset));
    if (request->min_size > 0) {
        metadata.preset.max_size = request->min_size * 5 / 3;
        metadata.preset.min_size = request->min_size;
    }
    metadata.context = request->context;
    const struct det_network_config config = network_config(request, &metadata);
    const bool background =
        det_architecture_detects(a) && metadata.preset.background_first;
    const int32_t labels =
        config.num_scores - (det_architecture_detects(a) && !background);
    DET_TRY(det_network_init(network, &config, message));
    DET_TRY(seeded_layers_create(layers, network, request->seed, message));
    if (det_architecture_detects(a))
        DET_TRY(seeded_layers_calibrate(layers, network, &metadata.preset,
                                        message));
    if (det_class_names_for(classes, sizeof classes, labels, background) > 0)
        metadata.classes = classes;
    return write_model(network, &metadata, request->path, message);
}

/* A whole number of at most `most`; false when it is none. */
static bool read_number(uint64_t *out, const char *text, uint64_t most)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return end != text && *end == 0 && *out <= most;
}

static bool read_request(struct request *out, int argc, char **argv)
{
    uint64_t labels = 0, min_size = 0, context = 0;
    if (argc < 4 || argc > 7 || !read_number(&out->seed, argv[2], UINT64_MAX) ||
        (argc > 4 && !read_number(&labels, argv[4], 10000)) || labels == 1 ||
        (argc > 5 && !read_number(&min_size, argv[5], 4000)) ||
        (argc > 6 && !read_number(&context, argv[6], 1)))
        return false;
    out->labels = (int32_t)labels;
    out->min_size = (int32_t)min_size;
    out->context = context != 0;
    out->path = argv[3];
    out->architecture = det_architecture_find(argv[1]);
    return out->architecture != NULL;
}

int main(int argc, char **argv)
{
    static struct det_message message;
    struct det_network network = {0};
    struct seeded_layers layers = {0};
    struct request request;
    if (!read_request(&request, argc, argv)) {
        fprintf(stderr, "usage: make_model ARCH SEED OUT.safetensors "
                        "[LABELS [MIN_SIZE [CONTEXT]]]\n"
                        "ARCH is one of:\n");
        for (size_t i = 0; det_architecture_at(i); i++)
            fprintf(stderr, "    %s\n", det_architecture_at(i)->name);
        return 2;
    }
    const det_status status =
        make_network(&network, &layers, &request, &message);
    if (status != DET_OK)
        fprintf(stderr, "make_model: %s: %s\n", request.path, message.text);
    seeded_layers_destroy(&layers);
    det_network_destroy(&network);
    return status != DET_OK;
}
