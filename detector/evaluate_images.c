/* SPDX-License-Identifier: MIT */
/* Evaluations whose numbers are shares of images. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detector/evaluation.h"
#include "eval/localization.h"
#include "eval/top_k.h"

struct job {
    det_evaluation *out;
    const struct det_guesses *guesses;
    const struct det_coco_protocol *protocol;
    struct det_message *message;
};

/* ---------------------------------------------------------------- categories
 */

struct id_place {
    int64_t id;
    uint32_t place;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_place *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static det_status sort_categories(struct det_coco_scores *out,
                                  const struct det_dataset *dataset,
                                  struct det_message *message)
{
    struct id_place *ids;
    const size_t count = dataset->num_categories;
    DET_TRY(det_allocate(&out->categories, count, sizeof *out->categories,
                         message));
    DET_TRY(det_allocate(&ids, count, sizeof *ids, message));
    for (size_t i = 0; i < count; i++)
        ids[i] = (struct id_place){dataset->categories[i].id, (uint32_t)i};
    if (count)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        out->categories[i] = ids[i].place;
    out->num_categories = count;
    free(ids);
    return DET_OK;
}

/* -------------------------------------------------------------------- numbers
 */

static double value_of(const struct det_class_hits *hits, size_t category,
                       det_measure_kind kind)
{
    return kind == DET_MEASURE_ERROR ? det_class_hits_wrong(hits, category)
                                     : det_class_hits_right(hits, category);
}

/* One more number; an IoU of 0 for one that compares no boxes. */
static void add(det_evaluation *out, const struct det_class_hits *hits,
                struct det_image_share share, double iou, const char *name)
{
    const size_t index = out->num_numbers++, count = hits->num_categories;
    struct det_coco_number *number = &out->numbers[index];
    *number = (struct det_coco_number){.iou = iou};
    if (share.k)
        snprintf(number->name, sizeof number->name, "top%d%s", (int)share.k,
                 name);
    else
        snprintf(number->name, sizeof number->name, "%s", name);
    share.images = hits->all[count];
    out->shares[index] = share;
    out->values[index] = value_of(hits, count, share.kind);
    for (size_t k = 0; k < count; k++)
        out->by_category[index * count + k] =
            value_of(hits, out->scores.categories[k], share.kind);
}

static det_status add_top_k(struct job *job, det_measure_kind kind)
{
    const struct det_coco_protocol *p = job->protocol;
    for (size_t m = 0; m < p->num_limits; m++) {
        struct det_class_hits hits;
        const int32_t k = p->max_detections[m];
        DET_TRY(det_top_k_count(&hits, job->guesses, (size_t)k, job->message));
        add(job->out, &hits, (struct det_image_share){kind, k, 0}, 0,
            kind == DET_MEASURE_ERROR ? "_error" : "");
        det_class_hits_destroy(&hits);
    }
    return DET_OK;
}

static det_status add_localization(struct job *job)
{
    const struct det_coco_protocol *p = job->protocol;
    for (size_t m = 0; m <= p->num_limits; m++) {
        struct det_class_hits hits;
        const bool known = m == p->num_limits;
        const int32_t k = known ? 0 : p->max_detections[m];
        const struct det_localization rule = {
            .k = (size_t)k, .iou = p->ious[0], .class_known = known};
        DET_TRY(
            det_localization_count(&hits, job->guesses, &rule, job->message));
        add(job->out, &hits, (struct det_image_share){DET_MEASURE_ERROR, k, 0},
            rule.iou, known ? "known_class_loc_error" : "_loc_error");
        det_class_hits_destroy(&hits);
    }
    return DET_OK;
}

static det_status add_all(struct job *job, det_task task)
{
    if (task == DET_TASK_LOCALIZATION)
        DET_TRY(add_localization(job));
    else
        DET_TRY(add_top_k(job, DET_MEASURE_ACCURACY));
    return add_top_k(job, DET_MEASURE_ERROR);
}

enum { MOST_NUMBERS = 2 * DET_EVAL_MOST_LIMITS + 1 };

det_status det_evaluate_images(det_evaluation *out, const det_results *results,
                               det_task task,
                               const struct det_coco_protocol *protocol,
                               struct det_message *message)
{
    const struct det_dataset *dataset = out->dataset;
    struct det_guesses guesses;
    struct job job = {.out = out,
                      .guesses = &guesses,
                      .protocol = protocol,
                      .message = message};
    DET_TRY(sort_categories(&out->scores, dataset, message));
    DET_TRY(
        det_allocate(&out->shares, MOST_NUMBERS, sizeof *out->shares, message));
    DET_TRY(det_allocate(&out->by_category,
                         MOST_NUMBERS * (dataset->num_categories + 1),
                         sizeof *out->by_category, message));
    DET_TRY(det_guesses_make(&guesses, dataset, results, protocol->images,
                             message));
    const det_status status = add_all(&job, task);
    det_guesses_destroy(&guesses);
    out->scores.protocol = *protocol;
    out->scores.protocol.images = NULL; /* the caller's, for the call alone */
    return status;
}
