/* SPDX-License-Identifier: MIT */
#include "apps/eval_labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { NAMED = 5 }; /* categories named in a warning */

static int32_t label_with_name(const det_model *model, const char *name)
{
    const int32_t count = det_model_label_count(model);
    for (int32_t i = 0; i < count; i++)
        if (strcasecmp(det_model_label_name(model, i), name) == 0)
            return i;
    return -1;
}

/* Give labels their categories; returns how many categories got one. */
static size_t match(struct eval_labels *labels, const det_dataset *dataset,
                    const det_model *model, bool by_name)
{
    det_dataset_category category;
    size_t matched = 0;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &category); i++) {
        int64_t label = category.id;
        if (by_name)
            label = *category.name ? label_with_name(model, category.name) : -1;
        if (label < 0 || label >= labels->count || labels->ids[label] >= 0)
            continue;
        labels->ids[label] = category.id;
        matched++;
    }
    return matched;
}

static bool has_label(const struct eval_labels *labels, int64_t id)
{
    for (int32_t i = 0; i < labels->count; i++)
        if (labels->ids[i] == id)
            return true;
    return false;
}

static void warn_of_missing(const struct eval_labels *labels,
                            const det_dataset *dataset, size_t missing,
                            struct console *console)
{
    det_dataset_category category;
    char names[512] = "";
    size_t used = 0, named = 0;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &category); i++) {
        if (named == NAMED || has_label(labels, category.id) ||
            used > sizeof names / 2)
            continue;
        const int length =
            snprintf(names + used, sizeof names - used, "%s%.40s",
                     named ? ", " : "", category.name);
        used += length > 0 ? (size_t)length : 0;
        named++;
    }
    console_warn(console,
                 "%zu categories have no label in the model, their AP will be "
                 "0: %s%s",
                 missing, names, missing > named ? ", ..." : "");
}

enum exit_code eval_labels_match(struct eval_labels *out,
                                 const det_dataset *dataset,
                                 const det_model *model,
                                 struct console *console)
{
    const size_t all = det_dataset_category_count(dataset);
    *out = (struct eval_labels){.count = det_model_label_count(model)};
    out->ids = malloc(((size_t)out->count + 1) * sizeof *out->ids);
    if (!out->ids) {
        console_error(console, "out of memory");
        return EXIT_MEMORY;
    }
    for (int32_t i = 0; i < out->count; i++)
        out->ids[i] = -1;
    bool by_name = true;
    size_t matched = match(out, dataset, model, by_name);
    if (matched == 0) {
        by_name = false;
        matched = match(out, dataset, model, by_name);
    }
    if (matched == 0) {
        console_error(console, "none of the model's labels is a category of "
                               "the annotations, by name or by id");
        return EXIT_DATASET;
    }
    console_note(console,
                 "%zu of %zu categories are labels of the model, by "
                 "%s",
                 matched, all, by_name ? "name" : "id");
    if (matched < all)
        warn_of_missing(out, dataset, all - matched, console);
    return EXIT_DONE;
}

void eval_labels_free(struct eval_labels *labels)
{
    free(labels->ids);
    *labels = (struct eval_labels){0};
}
