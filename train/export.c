/* SPDX-License-Identifier: MIT */
#include "train/export.h"

#include <stdlib.h>

#include "base/memory.h"
#include "weights/safetensors.h"

/* Arrays that point into the parameters. */
static det_status list_weights(struct det_weights *out,
                               const struct det_parameters *p,
                               const struct det_metadata *metadata,
                               struct det_message *message)
{
    struct det_metadata_text text;
    det_metadata_format(&text, metadata);
    for (size_t i = 0; i < text.count; i++)
        DET_TRY(det_weights_add_metadata(out, text.entries[i].key,
                                         text.entries[i].value, message));
    for (size_t i = 0; i < p->num_arrays; i++) {
        const struct det_train_array *array = &p->arrays[i];
        const float *value = det_parameters_result(p, array);
        struct det_weight weight = {.name = (char *)(uintptr_t)array->name,
                                    .dtype = DET_DTYPE_F32,
                                    .rank = array->rank,
                                    .data = (const uint8_t *)value};
        for (int32_t k = 0; k < array->rank; k++)
            weight.shape[k] = array->shape[k];
        det_weight_set_contiguous(&weight);
        DET_TRY(det_weights_add(out, &weight, message));
    }
    return det_weights_finish(out, message);
}

det_status det_export_model(det_model **out, const det_context *context,
                            const struct det_ops *ops, det_precision precision,
                            const struct det_parameters *parameters,
                            const struct det_metadata *metadata,
                            struct det_message *message)
{
    struct det_weights weights = {0};
    det_status status = list_weights(&weights, parameters, metadata, message);
    if (status == DET_OK)
        status =
            det_model_create(out, context, ops, precision, &weights, message);
    det_weights_destroy(&weights);
    return status;
}

static det_status write_file(const char *path,
                             const struct det_weights *weights,
                             struct det_message *message)
{
    struct det_safetensors_item *items;
    struct det_safetensors_pair *pairs;
    DET_TRY(det_allocate(&items, weights->count, sizeof *items, message));
    det_status status =
        det_allocate(&pairs, weights->num_metadata, sizeof *pairs, message);
    for (size_t i = 0; status == DET_OK && i < weights->count; i++) {
        items[i].name = weights->items[i].name;
        items[i].weight = &weights->items[i];
    }
    for (size_t i = 0; status == DET_OK && i < weights->num_metadata; i++) {
        pairs[i].key = weights->metadata[i].key;
        pairs[i].value = weights->metadata[i].value;
    }
    if (status == DET_OK)
        status = det_safetensors_write(path, items, weights->count, pairs,
                                       weights->num_metadata, message);
    free(items);
    free(pairs);
    return status;
}

det_status det_export_file(const char *path,
                           const struct det_parameters *parameters,
                           const struct det_metadata *metadata,
                           struct det_message *message)
{
    struct det_weights weights = {0};
    det_status status = list_weights(&weights, parameters, metadata, message);
    if (status == DET_OK)
        status = write_file(path, &weights, message);
    det_weights_destroy(&weights);
    return status;
}
