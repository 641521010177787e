/* SPDX-License-Identifier: MIT */
#include "train/judge_rescorer.h"

#include "detector/rescore.h"
#include "train/export.h"
#include "train/judge_boxes.h"

struct judging {
    det_trainer *t;
    struct det_committee model; /* of one */
    const struct det_guesses *proposals;
    struct det_scored_boxes *found; /* of one image and class */
};

static void list_proposals(struct judging *j, size_t image, int32_t label)
{
    const struct det_guesses *g = j->proposals;
    const uint32_t category = det_dataset_category_named(
        j->t->validation, j->t->data->categories[label].name);
    j->found->count = 0;
    for (size_t i = g->begins[image]; i < g->begins[image + 1]; i++) {
        const struct det_found_object *o = &g->results->objects[g->places[i]];
        const struct det_box box = det_box_of_xywh(o->box);
        if (o->category == category && det_box_is_finite(box))
            j->found->boxes[j->found->count++] = box;
    }
}

static det_status find(void *user, const struct det_box_question *question,
                       det_detection *boxes)
{
    struct judging *j = user;
    for (size_t i = 0; i < question->count; i++) {
        const int32_t label = question->labels[i];
        list_proposals(j, question->image, label);
        DET_TRY(det_rescore(&j->t->engine, &j->model,
                            &(struct det_rescoring){.pixels = question->pixels,
                                                    .label = label,
                                                    .found = j->found}));
        boxes[i] = (det_detection){0};
        if (j->found->count)
            boxes[i] = det_scored_boxes_detection(
                j->found, det_scored_boxes_best(j->found), label);
    }
    return DET_OK;
}

static size_t most_proposals(const struct det_guesses *g)
{
    size_t most = 0;
    for (size_t i = 0; i < g->dataset->num_images; i++)
        if (g->begins[i + 1] - g->begins[i] > most)
            most = g->begins[i + 1] - g->begins[i];
    return most;
}

static det_status judge(struct judging *j)
{
    det_trainer *t = j->t;
    DET_TRY(det_scored_boxes_make(&j->found, 1, most_proposals(j->proposals),
                                  &t->message));
    return det_judge_boxes(t, find, j);
}

det_status det_judge_rescorer(det_trainer *trainer,
                              const struct det_guesses *proposals)
{
    struct judging j = {.t = trainer, .proposals = proposals};
    det_model *model;
    DET_TRY(det_export_model(&model, trainer->context,
                             trainer->engine.compute.ops, trainer->precision,
                             &trainer->parameters, &trainer->metadata,
                             &trainer->message));
    j.model = (struct det_committee){{model}, 1};
    const det_status status = judge(&j);
    det_scored_boxes_free(j.found, 1);
    det_model_destroy(&model);
    return status;
}
