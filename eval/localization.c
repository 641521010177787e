/* SPDX-License-Identifier: MIT */
#include "eval/localization.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "eval/coco_overlaps.h"

struct judge {
    const struct det_guesses *guesses;
    const struct det_localization *rule;
    struct det_class_hits *hits;
    uint32_t *guessed_in; /* [categories]: image + 1 */
};

/* ---------------------------------------------------------------- what it
 * needs
 */

static bool has_box(const struct det_annotation *a)
{
    return a->category != DET_NO_INDEX && !a->is_crowd && !isnan(a->box[0]);
}

static det_status check_boxes(const struct det_guesses *g,
                              struct det_message *message)
{
    const struct det_dataset *dataset = g->dataset;
    const struct det_results *results = g->results;
    size_t boxes = 0;
    for (size_t i = 0; i < dataset->num_annotations; i++)
        boxes += has_box(&dataset->annotations[i]);
    if (boxes == 0)
        return det_fail(message, DET_ERROR_DATASET,
                        "no annotation has a box; localization needs them");
    for (size_t i = 0; i < results->count; i++)
        if (isnan(results->objects[i].box[0]))
            return det_fail(
                message, DET_ERROR_DATASET,
                "result %zu, of image %lld, has no box; localization needs one",
                i + 1,
                (long long)dataset->images[results->objects[i].image].id);
    return DET_OK;
}

/* ------------------------------------------------------------------- judging
 */

static bool overlaps(const struct det_found_object *found,
                     const struct det_annotation *truth, double least)
{
    struct det_shape a = {.area = 0}, b = {.area = 0};
    memcpy(a.box, found->box, sizeof a.box);
    memcpy(b.box, truth->box, sizeof b.box);
    const double iou = det_shape_iou(&a, &b, false);
    return iou > 0 && iou >= least;
}

static void judge_guess(struct judge *j, size_t image,
                        const struct det_found_object *found)
{
    const struct det_guesses *g = j->guesses;
    if (found->category == DET_NO_INDEX)
        return;
    for (size_t i = g->truths.start[image]; i < g->truths.start[image + 1];
         i++) {
        const struct det_annotation *truth =
            &g->dataset->annotations[g->truths.order[i]];
        if (truth->category == found->category && has_box(truth) &&
            overlaps(found, truth, j->rule->iou)) {
            det_class_hits_hit(j->hits, found->category);
            return;
        }
    }
}

static bool is_first_of_class(struct judge *j, size_t image, uint32_t category)
{
    if (category == DET_NO_INDEX ||
        j->guessed_in[category] == (uint32_t)image + 1)
        return false;
    j->guessed_in[category] = (uint32_t)image + 1;
    return true;
}

static void judge_image(struct judge *j, size_t image)
{
    const struct det_guesses *g = j->guesses;
    const size_t begin = g->begins[image], end = g->begins[image + 1];
    det_class_hits_begin(j->hits, image);
    for (size_t i = begin; i < end; i++) {
        const struct det_found_object *o = &g->results->objects[g->places[i]];
        if (j->rule->class_known ? is_first_of_class(j, image, o->category)
                                 : i - begin < j->rule->k)
            judge_guess(j, image, o);
    }
    for (size_t i = g->truths.start[image]; i < g->truths.start[image + 1];
         i++) {
        const struct det_annotation *truth =
            &g->dataset->annotations[g->truths.order[i]];
        if (has_box(truth))
            det_class_hits_show(j->hits, truth->category);
    }
    det_class_hits_end(j->hits);
}

det_status det_localization_count(struct det_class_hits *out,
                                  const struct det_guesses *guesses,
                                  const struct det_localization *rule,
                                  struct det_message *message)
{
    const struct det_dataset *dataset = guesses->dataset;
    struct judge judge = {.guesses = guesses, .rule = rule, .hits = out};
    DET_TRY(check_boxes(guesses, message));
    DET_TRY(det_class_hits_make(out, dataset->num_categories, message));
    const det_status status =
        det_allocate(&judge.guessed_in, dataset->num_categories,
                     sizeof *judge.guessed_in, message);
    if (status != DET_OK) {
        det_class_hits_destroy(out);
        return status;
    }
    for (size_t i = 0; i < dataset->num_images; i++)
        if (det_guesses_judge(guesses, i))
            judge_image(&judge, i);
    free(judge.guessed_in);
    return DET_OK;
}
