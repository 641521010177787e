/* SPDX-License-Identifier: MIT */
/* Classes of one image whose boxes are to be found: those that were guessed,
 * and those that are there. */
#ifndef APPS_EVAL_CLASSES_H
#define APPS_EVAL_CLASSES_H

#include "apps/eval_labels.h"

struct eval_classes {
    int32_t *labels; /* [labels of the model] */
    size_t count;
};

/* The `most` most probable labels that are categories, best first. */
void eval_classes_guess(struct eval_classes *classes,
                        const float *probabilities,
                        const struct eval_labels *labels, int32_t most);

/* Behind them the true ones of an image, each once. */
det_status eval_classes_add_true(struct eval_classes *classes,
                                 det_context *context,
                                 const det_dataset *dataset, size_t index,
                                 const struct eval_labels *labels);

#endif
