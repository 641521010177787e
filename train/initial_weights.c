/* SPDX-License-Identifier: MIT */
#include "train/initial_weights.h"

#include <string.h>

#include "detector/import.h"
#include "weights/read.h"

static bool fits(const struct det_weight *weight,
                 const struct det_train_array *array)
{
    if (weight->rank != array->rank)
        return false;
    for (int32_t i = 0; i < array->rank; i++)
        if (weight->shape[i] != array->shape[i])
            return false;
    return true;
}

static det_status take_all(struct det_parameters *p,
                           const struct det_weights *weights,
                           struct det_message *message)
{
    const bool detectron2 = det_names_are_detectron2(weights);
    size_t taken = 0;
    for (size_t i = 0; i < weights->count; i++) {
        const struct det_weight *weight = &weights->items[i];
        char name[DET_NAME_SIZE];
        if (strlen(weight->name) >= DET_NAME_SIZE ||
            (detectron2 ? det_rename_detectron2 : det_rename_torchvision)(
                name, weight->name) == DET_RENAME_IGNORE)
            continue;
        struct det_train_array *array = det_parameters_find(p, name);
        if (!array || !fits(weight, array)) {
            det_log(message, DET_LOG_WARNING, "\"%s\" is not taken: %s", name,
                    array ? "it has another shape here" : "there is none here");
            continue;
        }
        DET_TRY(det_weight_check_finite(weight, message));
        det_weight_copy_f32(array->value, weight);
        taken++;
    }
    if (taken == 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "none of its %zu arrays fits this network",
                        weights->count);
    det_log(message, DET_LOG_INFO,
            "%zu of %zu arrays begin with values of "
            "the file",
            taken, p->num_arrays);
    return DET_OK;
}

det_status det_initial_weights_read(struct det_parameters *parameters,
                                    const char *path,
                                    struct det_message *message)
{
    struct det_weights weights;
    DET_TRY(det_weights_read(&weights, path, message));
    const det_status status = take_all(parameters, &weights, message);
    det_weights_destroy(&weights);
    if (status != DET_OK)
        det_message_prefix(message, path);
    return status;
}
