/* SPDX-License-Identifier: MIT */
#include "train/judge_boxes.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detect/eval.h"

struct judging {
    det_trainer *t;
    det_find_boxes_fn find;
    void *user;
    det_results *results;
    int32_t *labels;      /* [num_categories] of the image in work */
    det_detection *boxes; /* likewise */
    size_t count;
};

static void add_label(struct judging *j, int32_t label)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->labels[i] == label)
            return;
    j->labels[j->count++] = label;
}

/* By their names, since the two data sets may have other orders. */
static void list_labels(struct judging *j, size_t image)
{
    const struct det_dataset *d = j->t->validation;
    j->count = 0;
    for (size_t i = d->groups.start[image]; i < d->groups.start[image + 1];
         i++) {
        const struct det_annotation *a = &d->annotations[d->groups.order[i]];
        if (a->category == DET_NO_INDEX || a->is_crowd)
            continue;
        const uint32_t label = det_dataset_category_named(
            j->t->data, d->categories[a->category].name);
        if (label != DET_NO_INDEX)
            add_label(j, (int32_t)label);
    }
}

static det_status keep(const struct judging *j, size_t image)
{
    const det_trainer *t = j->t;
    for (size_t i = 0; i < j->count; i++) {
        det_detection found = j->boxes[i];
        const uint32_t category = det_dataset_category_named(
            t->validation, t->data->categories[j->labels[i]].name);
        found.label = (int32_t)t->validation->categories[category].id;
        DET_TRY(det_trainer_pass_on(
            j->t, det_results_add(t->context, j->results,
                                  t->validation->images[image].id, &found)));
    }
    return DET_OK;
}

static det_status look_at(struct judging *j, size_t image)
{
    det_trainer *t = j->t;
    det_image *decoded;
    if (t->stop && t->stop(t->user))
        return det_fail(&t->message, DET_ERROR_CANCELLED, "stopped");
    list_labels(j, image);
    if (j->count == 0)
        return DET_OK;
    DET_TRY(det_trainer_pass_on(
        j->t, det_dataset_load_image(t->context, t->validation, image,
                                     t->validation_images, NULL, &decoded)));
    const det_pixels pixels = det_image_pixels(decoded);
    const struct det_box_question question = {.pixels = &pixels,
                                              .image = image,
                                              .labels = j->labels,
                                              .count = j->count};
    const det_status status = j->find(j->user, &question, j->boxes);
    det_image_destroy(&decoded);
    return status == DET_OK ? keep(j, image) : status;
}

static det_status score(const struct judging *j)
{
    det_evaluate_options options;
    det_evaluation *evaluation = NULL;
    det_measure measure;
    det_evaluate_options_init(&options);
    options.task = DET_TASK_LOCALIZATION;
    DET_TRY(det_trainer_pass_on(j->t, det_evaluate(j->t->context,
                                                   j->t->validation, j->results,
                                                   &options, &evaluation)));
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &measure); i++)
        if (strcmp(measure.name, "known_class_loc_error") == 0)
            det_metrics_set(&j->t->metrics, "error_loc_val", measure.value);
    det_evaluation_destroy(&evaluation);
    return DET_OK;
}

static det_status judge(struct judging *j)
{
    det_trainer *t = j->t;
    const size_t labels = t->data->num_categories;
    DET_TRY(det_allocate(&j->labels, labels, sizeof *j->labels, &t->message));
    DET_TRY(det_allocate(&j->boxes, labels, sizeof *j->boxes, &t->message));
    DET_TRY(det_trainer_pass_on(
        j->t, det_results_create(t->context, t->validation, &j->results)));
    for (size_t i = 0; i < t->validation->num_images; i++)
        DET_TRY(look_at(j, i));
    return score(j);
}

det_status det_judge_boxes(det_trainer *trainer, det_find_boxes_fn find,
                           void *user)
{
    struct judging j = {.t = trainer, .find = find, .user = user};
    const det_status status = judge(&j);
    det_results_destroy(&j.results);
    free(j.labels);
    free(j.boxes);
    return status;
}
