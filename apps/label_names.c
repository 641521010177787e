/* SPDX-License-Identifier: MIT */
#include "apps/label_names.h"

#include <strings.h>

int32_t label_named(const det_model *model, const char *name)
{
    const int32_t count = det_model_label_count(model);
    for (int32_t i = 0; i < count; i++)
        if (strcasecmp(det_model_label_name(model, i), name) == 0)
            return i;
    return -1;
}

bool label_may_be(const det_model *model, int32_t place, const char *name)
{
    if (!*name || strcasecmp(det_model_label_name(model, place), name) == 0)
        return true;
    return label_named(model, name) < 0;
}
