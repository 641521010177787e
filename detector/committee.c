/* SPDX-License-Identifier: MIT */
#include "detector/committee.h"

#include <string.h>

bool det_committee_agrees(const struct det_model *a, const struct det_model *b)
{
    if (a->num_labels != b->num_labels || a->labels.count != b->labels.count)
        return false;
    for (int32_t i = 0; i < a->labels.count; i++)
        if (strcmp(a->labels.names[i], b->labels.names[i]) != 0)
            return false;
    return true;
}

static det_status check(const struct det_model *model,
                        const struct det_model *first, det_model_kind kind,
                        const char *what, struct det_message *message)
{
    if (!model)
        return det_fail(message, DET_ERROR_ARGUMENT, "a model is NULL");
    if (model->network.architecture->kind != kind)
        return det_fail(message, DET_ERROR_MODEL, "%s %s",
                        model->network.architecture->name, what);
    if (!det_committee_agrees(model, first))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "models that decide together differ in their classes");
    return DET_OK;
}

det_status det_committee_gather(struct det_committee *out,
                                const struct det_model *const *models,
                                size_t count, det_model_kind kind,
                                const char *what, struct det_message *message)
{
    if (count < 1 || count > DET_COMMITTEE_MOST)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu models; 1 to %d are possible", count,
                        DET_COMMITTEE_MOST);
    for (size_t i = 0; i < count; i++) {
        DET_TRY(check(models[i], models[0], kind, what, message));
        out->models[i] = models[i];
    }
    out->count = count;
    return DET_OK;
}
