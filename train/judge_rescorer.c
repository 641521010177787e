/* SPDX-License-Identifier: MIT */
#include "train/judge_rescorer.h"

#include <stdlib.h>

#include "base/memory.h"
#include "detector/rescore.h"
#include "train/export.h"
#include "train/judge_boxes.h"

struct judging {
    det_trainer *t;
    struct det_committee model; /* of one */
    const struct det_guesses *proposals;
    struct det_box *boxes; /* [most proposals of an image] */
    float *scores;         /* likewise */
};

static size_t list_proposals(struct judging *j, size_t image, int32_t label)
{
    const struct det_guesses *g = j->proposals;
    const uint32_t category = det_dataset_category_named(
        j->t->validation, j->t->data->categories[label].name);
    size_t count = 0;
    for (size_t i = g->begins[image]; i < g->begins[image + 1]; i++) {
        const struct det_found_object *o = &g->results->objects[g->places[i]];
        const struct det_box box = {(float)o->box[0], (float)o->box[1],
                                    (float)(o->box[0] + o->box[2]),
                                    (float)(o->box[1] + o->box[3])};
        if (o->category == category && det_box_is_finite(box))
            j->boxes[count++] = box;
    }
    return count;
}

static det_detection best_of(const struct judging *j, size_t count)
{
    size_t best = 0;
    if (count == 0)
        return (det_detection){0};
    for (size_t i = 1; i < count; i++)
        if (j->scores[i] > j->scores[best])
            best = i;
    const struct det_box box = j->boxes[best];
    return (det_detection){.score = j->scores[best],
                           .x = box.x1,
                           .y = box.y1,
                           .w = box.x2 - box.x1,
                           .h = box.y2 - box.y1};
}

static det_status find(void *user, const struct det_box_question *question,
                       det_detection *boxes)
{
    struct judging *j = user;
    for (size_t i = 0; i < question->count; i++) {
        const size_t count =
            list_proposals(j, question->image, question->labels[i]);
        DET_TRY(
            det_rescore(&j->t->engine, &j->model,
                        &(struct det_rescoring){.pixels = question->pixels,
                                                .label = question->labels[i],
                                                .boxes = j->boxes,
                                                .scores = j->scores,
                                                .count = count}));
        boxes[i] = best_of(j, count);
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
    const size_t most = most_proposals(j->proposals);
    DET_TRY(det_allocate(&j->boxes, most, sizeof *j->boxes, &t->message));
    DET_TRY(det_allocate(&j->scores, most, sizeof *j->scores, &t->message));
    return det_judge_boxes(t, find, j);
}

det_status det_judge_rescorer(det_trainer *trainer,
                              const struct det_guesses *proposals)
{
    struct judging j = {.t = trainer, .proposals = proposals};
    det_model *model;
    DET_TRY(det_export_model(&model, trainer->context, &trainer->parameters,
                             &trainer->metadata, &trainer->message));
    j.model = (struct det_committee){{model}, 1};
    const det_status status = judge(&j);
    free(j.boxes);
    free(j.scores);
    det_model_destroy(&model);
    return status;
}
