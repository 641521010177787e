/* SPDX-License-Identifier: MIT */
/* From a model's labels to a data set's categories. */
#ifndef APPS_EVAL_LABELS_H
#define APPS_EVAL_LABELS_H

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/data.h"

struct eval_labels {
    int64_t *ids; /* [count]: the category of a label, or -1 */
    int32_t count;
};

/* By name, when any category has the name of a label; but where that leaves
 * some out and the model is of as many classes of whole images, in the order of
 * ids, as in ImageNet; else labels are ids, as COCO's are.  Says which, and
 * names categories that no label stands for: their AP will be 0.  EXIT_DATASET
 * when nothing fits.  Returned with eval_labels_free. */
enum exit_code eval_labels_match(struct eval_labels *out,
                                 const det_dataset *dataset,
                                 const det_model *model,
                                 struct console *console);
/* The label of a category, or -1. */
int32_t eval_labels_find(const struct eval_labels *labels, int64_t id);
void eval_labels_free(struct eval_labels *labels);

#endif
