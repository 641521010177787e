/* SPDX-License-Identifier: MIT */
#include "apps/eval_labels.h"

#include <stdio.h>
#include <stdlib.h>

#include "apps/label_names.h"

enum { NAMED = 5 }; /* categories named in a warning */

enum match { BY_NAME, IN_ORDER, BY_ID };

static const char *const match_names[] = {[BY_NAME] = "by name",
                                          [IN_ORDER] = "in the order of ids",
                                          [BY_ID] = "by id"};

/* How many categories have a smaller id: the place of ImageNet's classes. */
static int32_t rank_of(const det_dataset *dataset, int64_t id)
{
    det_dataset_category other;
    int32_t rank = 0;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &other); i++)
        rank += other.id < id;
    return rank;
}

static int64_t label_of(const det_dataset *dataset, const det_model *model,
                        const det_dataset_category *category, enum match how)
{
    switch (how) {
    case BY_NAME:
        return *category->name ? label_named(model, category->name) : -1;
    case IN_ORDER:
        return rank_of(dataset, category->id);
    case BY_ID:
        break;
    }
    return category->id;
}

/* Give labels their categories; returns how many categories got one. */
static size_t match(struct eval_labels *labels, const det_dataset *dataset,
                    const det_model *model, enum match how)
{
    det_dataset_category category;
    size_t matched = 0;
    for (int32_t i = 0; i < labels->count; i++)
        labels->ids[i] = -1;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &category); i++) {
        const int64_t label = label_of(dataset, model, &category, how);
        if (label < 0 || label >= labels->count || labels->ids[label] >= 0)
            continue;
        labels->ids[label] = category.id;
        matched++;
    }
    return matched;
}

/* Classes of whole images: as many, and no name is that of another one. */
static bool may_be_in_order(const det_dataset *dataset, const det_model *model)
{
    det_dataset_category category;
    if (det_model_kind_of(model) == DET_MODEL_DETECTOR ||
        det_dataset_category_count(dataset) !=
            (size_t)det_model_label_count(model))
        return false;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &category); i++)
        if (!label_may_be(model, rank_of(dataset, category.id), category.name))
            return false;
    return true;
}

int32_t eval_labels_find(const struct eval_labels *labels, int64_t id)
{
    for (int32_t i = 0; i < labels->count; i++)
        if (labels->ids[i] == id)
            return i;
    return -1;
}

static void warn_of_missing(const struct eval_labels *labels,
                            const det_dataset *dataset, size_t missing,
                            struct console *console)
{
    det_dataset_category category;
    char names[512] = "";
    size_t used = 0, named = 0;
    for (size_t i = 0; det_dataset_get_category(dataset, i, &category); i++) {
        if (named == NAMED || eval_labels_find(labels, category.id) >= 0 ||
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
    enum match how = BY_NAME;
    size_t matched = match(out, dataset, model, how);
    if (matched < all && may_be_in_order(dataset, model))
        matched = match(out, dataset, model, how = IN_ORDER);
    if (matched == 0)
        matched = match(out, dataset, model, how = BY_ID);
    if (matched == 0) {
        console_error(console, "none of the model's labels is a category of "
                               "the annotations, by name or by id");
        return EXIT_DATASET;
    }
    console_note(console, "%zu of %zu categories are labels of the model, %s",
                 matched, all, match_names[how]);
    if (matched < all)
        warn_of_missing(out, dataset, all - matched, console);
    return EXIT_DONE;
}

void eval_labels_free(struct eval_labels *labels)
{
    free(labels->ids);
    *labels = (struct eval_labels){0};
}
