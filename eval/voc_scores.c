/* SPDX-License-Identifier: MIT */
#include "eval/voc_scores.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "eval/coco_groups.h"
#include "eval/coco_overlaps.h"
#include "eval/score_sort.h"

/* Work on one category after the other. */
struct judge {
    const struct det_dataset *dataset;
    const struct det_results *results;
    const struct det_voc_protocol *protocol;
    struct det_coco_groups groups;
    struct det_shape_maker maker;
    struct det_score_sorter sorter;
    /* of the category */
    const uint32_t *truths, *found;
    size_t num_truths, num_found;
    struct det_shape *shapes;   /* [num_truths] */
    uint8_t *taken;             /* [num_truths] */
    double *recall, *precision; /* [num_found] */
};

/* ------------------------------------------------------------------- curves */

static double eleven_points(const struct judge *j)
{
    double ap = 0;
    for (int i = 0; i <= 10; i++) {
        const double least = i * 0.1; /* numpy.arange(0, 1.1, 0.1) */
        double most = 0;
        for (size_t k = 0; k < j->num_found; k++)
            if (j->recall[k] >= least && j->precision[k] > most)
                most = j->precision[k];
        ap += most / 11;
    }
    return ap;
}

static double area_below(const struct judge *j)
{
    double ap = 0, most = 0;
    for (size_t k = j->num_found; k-- > 0;) {
        const double before = k ? j->recall[k - 1] : 0;
        most = j->precision[k] > most ? j->precision[k] : most;
        ap += (j->recall[k] - before) * most;
    }
    return ap;
}

/* ------------------------------------------------------------------ matching
 */

static uint32_t image_rank(const struct judge *j, size_t truth)
{
    const uint32_t place = j->truths[truth];
    return j->groups.image_ranks[j->dataset->annotations[place].image];
}

/* The first true object of an image or of one behind it. */
static size_t first_of(const struct judge *j, uint32_t rank)
{
    size_t low = 0, high = j->num_truths;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (image_rank(j, middle) < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The place of the truth that overlaps most, or num_truths. */
static size_t nearest(const struct judge *j, const struct det_shape *shape,
                      uint32_t image, double *iou)
{
    const bool masks = j->protocol->task == DET_EVAL_MASKS;
    const uint32_t rank = j->groups.image_ranks[image];
    size_t best = j->num_truths;
    *iou = -INFINITY;
    for (size_t i = first_of(j, rank);
         i < j->num_truths && image_rank(j, i) == rank; i++) {
        const double overlap = det_shape_iou(shape, &j->shapes[i], masks);
        if (overlap > *iou) {
            *iou = overlap;
            best = i;
        }
    }
    return best;
}

enum outcome { HIT, MISS, NOTHING };

static enum outcome judge_nearest(struct judge *j,
                                  const struct det_shape *shape, uint32_t image)
{
    double iou;
    const size_t place = nearest(j, shape, image, &iou);
    const bool reached = j->protocol->task == DET_EVAL_MASKS
                             ? iou >= j->protocol->iou
                             : iou > j->protocol->iou;
    if (place == j->num_truths || !reached)
        return MISS;
    if (j->dataset->annotations[j->truths[place]].is_difficult)
        return NOTHING;
    if (j->taken[place])
        return MISS;
    j->taken[place] = 1;
    return HIT;
}

/* What ImageNet asks of a true object: ten pixels more on each side will do. */
static double imagenet_threshold(const struct judge *j, size_t truth)
{
    const double w = j->shapes[truth].box[2], h = j->shapes[truth].box[3];
    return fmin(j->protocol->iou, w * h / ((w + 10) * (h + 10)));
}

static enum outcome judge_free(struct judge *j, const struct det_shape *shape,
                               uint32_t image)
{
    const uint32_t rank = j->groups.image_ranks[image];
    const bool masks = j->protocol->task == DET_EVAL_MASKS;
    size_t best = j->num_truths;
    double most = -1;
    for (size_t i = first_of(j, rank);
         i < j->num_truths && image_rank(j, i) == rank; i++) {
        if (j->taken[i])
            continue;
        const double iou = det_shape_iou(shape, &j->shapes[i], masks);
        if (iou < imagenet_threshold(j, i) || iou <= most)
            continue;
        most = iou;
        best = i;
    }
    if (best == j->num_truths)
        return MISS;
    j->taken[best] = 1;
    return HIT;
}

static enum outcome judge_one(struct judge *j, const struct det_shape *shape,
                              uint32_t image)
{
    return j->protocol->matching == DET_VOC_IMAGENET
               ? judge_free(j, shape, image)
               : judge_nearest(j, shape, image);
}

static det_status trace(struct judge *j, size_t objects)
{
    size_t hits = 0, misses = 0;
    DET_TRY(
        det_score_sorter_reserve(&j->sorter, j->num_found, j->maker.message));
    for (size_t i = 0; i < j->num_found; i++)
        det_score_sorter_put(&j->sorter, i,
                             j->results->objects[j->found[i]].score);
    const uint32_t *order = det_score_sort(&j->sorter, j->num_found);
    for (size_t i = 0; i < j->num_found; i++) {
        const struct det_found_object *o =
            &j->results->objects[j->found[order[i]]];
        struct det_shape shape;
        DET_TRY(det_shape_of_found(&shape, &j->maker, j->dataset, o));
        const enum outcome outcome = judge_one(j, &shape, o->image);
        det_rle_destroy(&shape.mask);
        hits += outcome == HIT;
        misses += outcome == MISS;
        j->recall[i] = (double)hits / (double)objects;
        j->precision[i] =
            (double)hits / fmax((double)(hits + misses), DBL_EPSILON);
    }
    return DET_OK;
}

/* ---------------------------------------------------------------- categories
 */

static void drop_category(struct judge *j)
{
    for (size_t i = 0; j->shapes && i < j->num_truths; i++)
        det_rle_destroy(&j->shapes[i].mask);
    free(j->shapes);
    free(j->taken);
    free(j->recall);
    free(j->precision);
    j->shapes = NULL;
    j->taken = NULL;
    j->recall = j->precision = NULL;
}

static det_status load_category(struct judge *j, size_t k, size_t *objects)
{
    const struct det_coco_groups *g = &j->groups;
    struct det_message *message = j->maker.message;
    j->truths = g->truths.places + g->truths.begins[k];
    j->num_truths = g->truths.begins[k + 1] - g->truths.begins[k];
    j->found = g->found.places + g->found.begins[k];
    j->num_found = g->found.begins[k + 1] - g->found.begins[k];
    DET_TRY(
        det_allocate(&j->shapes, j->num_truths, sizeof *j->shapes, message));
    DET_TRY(det_allocate(&j->taken, j->num_truths, 1, message));
    DET_TRY(det_allocate(&j->recall, j->num_found, sizeof *j->recall, message));
    DET_TRY(det_allocate(&j->precision, j->num_found, sizeof *j->precision,
                         message));
    *objects = 0;
    for (size_t i = 0; i < j->num_truths; i++) {
        const struct det_annotation *a = &j->dataset->annotations[j->truths[i]];
        DET_TRY(det_shape_of_truth(&j->shapes[i], &j->maker, j->dataset, a));
        j->shapes[i].is_crowd = false; /* VOC has none */
        *objects +=
            !a->is_difficult || j->protocol->matching == DET_VOC_IMAGENET;
    }
    return DET_OK;
}

static det_status judge_category(struct judge *j, size_t k, double *ap)
{
    size_t objects = 0;
    det_status status = load_category(j, k, &objects);
    *ap = -1;
    if (status == DET_OK && objects) {
        status = trace(j, objects);
        if (status == DET_OK)
            *ap = j->protocol->average == DET_VOC_AREA ? area_below(j)
                                                       : eleven_points(j);
    }
    drop_category(j);
    return status;
}

/* The results' order must survive: groups keep it only within an image, so the
 * found objects of a category are put back into it. */
static int compare_places(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static det_status judge_all(struct det_voc_scores *out, struct judge *j)
{
    struct det_coco_group *found = &j->groups.found;
    DET_TRY(det_allocate(&out->ap, out->num_categories, sizeof *out->ap,
                         j->maker.message));
    for (size_t k = 0; k < out->num_categories; k++) {
        const size_t count = found->begins[k + 1] - found->begins[k];
        if (count)
            qsort(found->places + found->begins[k], count,
                  sizeof *found->places, compare_places);
        DET_TRY(judge_category(j, k, &out->ap[k]));
    }
    return DET_OK;
}

det_status det_voc_evaluate(struct det_voc_scores *out,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            const struct det_voc_protocol *protocol,
                            struct det_message *message)
{
    struct judge judge = {
        .dataset = dataset,
        .results = results,
        .protocol = protocol,
        .maker = {.task = protocol->task,
                  .results_have_boxes =
                      results->count > 0 && !isnan(results->objects[0].box[0]),
                  .message = message}};
    const struct det_coco_protocol grouping = {.images = protocol->images};
    *out = (struct det_voc_scores){0};
    DET_TRY(det_coco_groups_make(&judge.groups, dataset, results, &grouping,
                                 message));
    out->num_categories = judge.groups.num_categories;
    out->categories = judge.groups.categories;
    judge.groups.categories = NULL;
    const det_status status = judge_all(out, &judge);
    det_coco_groups_destroy(&judge.groups);
    det_segmentation_scratch_destroy(&judge.maker.scratch);
    det_score_sorter_destroy(&judge.sorter);
    if (status != DET_OK)
        det_voc_scores_destroy(out);
    return status;
}

void det_voc_scores_destroy(struct det_voc_scores *scores)
{
    free(scores->categories);
    free(scores->ap);
    *scores = (struct det_voc_scores){0};
}

double det_voc_mean(const struct det_voc_scores *scores)
{
    double sum = 0;
    size_t count = 0;
    for (size_t k = 0; k < scores->num_categories; k++) {
        if (scores->ap[k] < 0)
            continue;
        sum += scores->ap[k];
        count++;
    }
    return count ? sum / (double)count : -1;
}
