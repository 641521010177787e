/* SPDX-License-Identifier: MIT */
#include "apps/eval_classes.h"

#include <stdbool.h>

static bool has(const struct eval_classes *classes, int32_t label)
{
    for (size_t i = 0; i < classes->count; i++)
        if (classes->labels[i] == label)
            return true;
    return false;
}

void eval_classes_guess(struct eval_classes *classes,
                        const float *probabilities,
                        const struct eval_labels *labels, int32_t most)
{
    classes->count = 0;
    for (int32_t i = 0; i < most; i++) {
        int32_t best = -1;
        for (int32_t k = 0; k < labels->count; k++)
            if (labels->ids[k] >= 0 && !has(classes, k) &&
                (best < 0 || probabilities[k] > probabilities[best]))
                best = k;
        if (best < 0)
            return;
        classes->labels[classes->count++] = best;
    }
}

det_status eval_classes_add_true(struct eval_classes *classes,
                                 det_context *context,
                                 const det_dataset *dataset, size_t index,
                                 const struct eval_labels *labels)
{
    det_result *truth = NULL;
    const det_status status =
        det_dataset_objects(context, dataset, index, &truth);
    for (size_t i = 0; status == DET_OK && i < det_result_count(truth); i++) {
        const det_detection *object = det_result_detection(truth, i);
        det_dataset_category category;
        if (object->score <= 0 || /* a crowd */
            !det_dataset_get_category(dataset, (size_t)object->label,
                                      &category))
            continue;
        const int32_t label = eval_labels_find(labels, category.id);
        if (label >= 0 && !has(classes, label))
            classes->labels[classes->count++] = label;
    }
    det_result_destroy(&truth);
    return status;
}
