/* SPDX-License-Identifier: MIT */
#include "train/initial_weights.h"

#include <stdio.h>
#include <string.h>

#include "detector/import.h"
#include "weights/read.h"

/* ImageNet's classifiers end in what looks at each region in a detector. */
static const struct heir {
    const char *trunk, *head;
} heirs[] = {{"backbone.body.layer4.", "roi_heads.box_head.layer4."},
             {"backbone.body.fc6.", "roi_heads.box_head.fc6."},
             {"backbone.body.fc7.", "roi_heads.box_head.fc7."}};

static struct det_train_array *find_heir(const struct det_parameters *p,
                                         const char *name)
{
    char moved[DET_NAME_SIZE];
    for (size_t i = 0; i < sizeof heirs / sizeof heirs[0]; i++) {
        const size_t length = strlen(heirs[i].trunk);
        if (strncmp(name, heirs[i].trunk, length) != 0)
            continue;
        const int size =
            snprintf(moved, sizeof moved, "%s%s", heirs[i].head, name + length);
        if (size > 0 && (size_t)size < sizeof moved)
            return det_parameters_find(p, moved);
    }
    return NULL;
}

/* As many numbers for each output: a layer over a whole map is the same as a
 * fully connected one. */
static bool fits_flat(const struct det_weight *weight,
                      const struct det_train_array *array)
{
    size_t count = 1;
    for (int32_t i = 0; i < weight->rank; i++)
        count *= (size_t)weight->shape[i];
    return weight->rank > 1 && array->rank > 1 &&
           weight->shape[0] == array->shape[0] && count == array->count;
}

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
        const bool inherits = !array;
        if (inherits)
            array = find_heir(p, name);
        if (!array ||
            !(fits(weight, array) || (inherits && fits_flat(weight, array)))) {
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
