/* SPDX-License-Identifier: MIT */
/* One category's objects, made ready to be matched. */
#include <stdlib.h>

#include "base/memory.h"
#include "eval/coco_match.h"
#include "eval/score_sort.h"

void det_coco_category_destroy(struct det_coco_category *category)
{
    free(category->found);
    free(category->contested);
    free(category->truths);
    free(category->candidates);
    for (size_t i = 0; i < category->num_shapes; i++)
        det_rle_destroy(&category->shapes[i].mask);
    free(category->shapes);
    det_segmentation_scratch_destroy(&category->maker.scratch);
    det_score_sorter_destroy(&category->sorter);
    *category = (struct det_coco_category){0};
}

/* Room for `count` more elements of `size` bytes. */
static det_status make_room(void *items, size_t count, size_t *capacity,
                            size_t size, struct det_message *message)
{
    size_t larger = *capacity ? *capacity : 256;
    if (count <= *capacity)
        return DET_OK;
    while (larger < count)
        larger *= 2;
    DET_TRY(det_reallocate(items, larger, size, message));
    *capacity = larger;
    return DET_OK;
}

/* What stays the same while a category is loaded. */
struct loader {
    struct det_coco_category *out;
    const struct det_dataset *dataset;
    const struct det_results *results;
    const struct det_coco_protocol *protocol;
    const uint8_t *loose; /* as in the groups */
    double least_iou;     /* that any threshold accepts */
};

/* The objects of one image: places in the files, in order. */
struct part {
    const uint32_t *truths, *found;
    size_t num_truths, num_found;
};

/* ------------------------------------------------------------- true objects */

static void drop_shapes(struct det_coco_category *c)
{
    for (size_t i = 0; i < c->num_shapes; i++)
        det_rle_destroy(&c->shapes[i].mask);
    c->num_shapes = 0;
}

/* The shapes are wanted only where something was found. */
static det_status add_truths(struct loader *l, const struct part *part)
{
    struct det_coco_category *c = l->out;
    struct det_message *message = c->maker.message;
    DET_TRY(make_room(&c->truths, c->num_truths + part->num_truths,
                      &c->truth_capacity, sizeof *c->truths, message));
    DET_TRY(make_room(&c->shapes, part->num_truths, &c->shape_capacity,
                      sizeof *c->shapes, message));
    drop_shapes(c);
    for (size_t i = 0; i < part->num_truths; i++) {
        const struct det_annotation *a =
            &l->dataset->annotations[part->truths[i]];
        const bool federated = l->protocol->federated;
        struct det_coco_truth truth = {.area = a->area,
                                       .annotation = part->truths[i],
                                       .has_id = a->id != 0};
        truth.is_crowd = a->is_crowd && !federated;
        truth.is_ignored = federated ? a->is_ignored : a->is_crowd;
        c->truths[c->num_truths++] = truth;
        if (part->num_found == 0)
            continue;
        DET_TRY(det_shape_of_truth(&c->shapes[i], &c->maker, l->dataset, a));
        c->shapes[i].is_crowd = truth.is_crowd;
        c->num_shapes++;
    }
    return DET_OK;
}

/* ------------------------------------------------------------ found objects */

/* No IoU of two areas is greater than their ratio. */
static bool can_reach(const struct loader *l, const struct det_shape *found,
                      const struct det_shape *truth)
{
    if (truth->is_crowd || l->protocol->task != DET_EVAL_MASKS)
        return true;
    const double small = found->area < truth->area ? found->area : truth->area;
    const double large = found->area < truth->area ? truth->area : found->area;
    return small >= l->least_iou * large || l->least_iou <= 0;
}

static det_status add_candidates(struct loader *l, struct det_coco_found *found,
                                 const struct det_shape *shape,
                                 uint32_t first_truth)
{
    struct det_coco_category *c = l->out;
    const bool masks = l->protocol->task == DET_EVAL_MASKS;
    found->first_candidate = (uint32_t)c->num_candidates;
    DET_TRY(make_room(&c->candidates, c->num_candidates + c->num_shapes,
                      &c->candidate_capacity, sizeof *c->candidates,
                      c->maker.message));
    for (size_t i = 0; i < c->num_shapes; i++) {
        if (!can_reach(l, shape, &c->shapes[i]))
            continue;
        const double iou = det_shape_iou(shape, &c->shapes[i], masks);
        if (iou < l->least_iou)
            continue;
        c->candidates[c->num_candidates++] =
            (struct det_candidate){first_truth + (uint32_t)i, iou};
    }
    found->num_candidates =
        (uint32_t)(c->num_candidates - found->first_candidate);
    return DET_OK;
}

/* A mask without a true one beside it is not looked at when the box says how
 * large it is. */
static det_status add_found(struct loader *l, uint32_t object, uint32_t rank,
                            uint32_t first_truth)
{
    struct det_coco_category *c = l->out;
    const struct det_found_object *o = &l->results->objects[object];
    struct det_coco_found found = {.score = o->score,
                                   .object = object,
                                   .rank = rank,
                                   .is_loose = l->loose && l->loose[object]};
    struct det_shape shape = {0};
    const bool has_area = c->maker.results_have_boxes;
    det_status status = DET_OK;
    if (has_area)
        found.area = o->box[2] * o->box[3];
    if (c->num_shapes || !has_area)
        status = det_shape_of_found(&shape, &c->maker, l->dataset, o);
    if (status == DET_OK && !has_area)
        found.area = shape.area;
    if (status == DET_OK)
        status = add_candidates(l, &found, &shape, first_truth);
    det_rle_destroy(&shape.mask);
    if (status != DET_OK || (l->protocol->federated && !(found.area > 0)))
        return status;
    found.contested = DET_NO_INDEX;
    if (found.num_candidates) {
        found.contested = (uint32_t)c->num_contested;
        c->contested[c->num_contested++] = (uint32_t)c->num_found;
    }
    c->found[c->num_found++] = found;
    return DET_OK;
}

/* The best of an image, best first. */
static det_status add_all_found(struct loader *l, const struct part *part)
{
    struct det_coco_category *c = l->out;
    const struct det_coco_protocol *p = l->protocol;
    const size_t most = (size_t)p->max_detections[p->num_limits - 1];
    const size_t kept = part->num_found < most ? part->num_found : most;
    const uint32_t first_truth = (uint32_t)(c->num_truths - part->num_truths);
    const uint32_t *order;
    DET_TRY(make_room(&c->found, c->num_found + kept, &c->found_capacity,
                      sizeof *c->found, c->maker.message));
    DET_TRY(make_room(&c->contested, c->num_contested + kept,
                      &c->contested_capacity, sizeof *c->contested,
                      c->maker.message));
    DET_TRY(det_score_sorter_reserve(&c->sorter, part->num_found,
                                     c->maker.message));
    for (size_t i = 0; i < part->num_found; i++)
        det_score_sorter_put(&c->sorter, i,
                             l->results->objects[part->found[i]].score);
    order = det_score_sort(&c->sorter, part->num_found);
    for (size_t i = 0; i < kept; i++)
        DET_TRY(add_found(l, part->found[order[i]], (uint32_t)i, first_truth));
    return DET_OK;
}

/* The category's order by score. */
static det_status find_positions(struct det_coco_category *c)
{
    const uint32_t *order;
    DET_TRY(
        det_score_sorter_reserve(&c->sorter, c->num_found, c->maker.message));
    for (size_t i = 0; i < c->num_found; i++)
        det_score_sorter_put(&c->sorter, i, c->found[i].score);
    order = det_score_sort(&c->sorter, c->num_found);
    for (size_t i = 0; i < c->num_found; i++)
        c->found[order[i]].position = (uint32_t)i;
    return DET_OK;
}

/* ------------------------------------------------------------ image by image
 */

static uint32_t rank_of_truth(const struct loader *l,
                              const struct det_coco_groups *groups, size_t at)
{
    const uint32_t place = groups->truths.places[at];
    return groups->image_ranks[l->dataset->annotations[place].image];
}

static uint32_t rank_of_found(const struct loader *l,
                              const struct det_coco_groups *groups, size_t at)
{
    const uint32_t place = groups->found.places[at];
    return groups->image_ranks[l->results->objects[place].image];
}

/* The next image that has any object of the category, from `at` on. */
static struct part next_part(const struct loader *l,
                             const struct det_coco_groups *groups, size_t at[2],
                             const size_t end[2])
{
    const uint32_t truth =
        at[0] < end[0] ? rank_of_truth(l, groups, at[0]) : DET_NO_INDEX;
    const uint32_t found =
        at[1] < end[1] ? rank_of_found(l, groups, at[1]) : DET_NO_INDEX;
    const uint32_t image = truth < found ? truth : found;
    struct part part = {.truths = groups->truths.places + at[0],
                        .found = groups->found.places + at[1]};
    while (at[0] < end[0] && rank_of_truth(l, groups, at[0]) == image)
        at[0]++, part.num_truths++;
    while (at[1] < end[1] && rank_of_found(l, groups, at[1]) == image)
        at[1]++, part.num_found++;
    return part;
}

static double least_iou_of(const struct det_coco_protocol *protocol)
{
    double least = 1 - 1e-10;
    for (size_t i = 0; i < protocol->num_ious; i++)
        least = protocol->ious[i] < least ? protocol->ious[i] : least;
    return least;
}

det_status det_coco_category_load(struct det_coco_category *out,
                                  const struct det_dataset *dataset,
                                  const struct det_results *results,
                                  const struct det_coco_groups *groups,
                                  size_t index,
                                  const struct det_coco_protocol *protocol)
{
    struct loader loader = {out,      dataset,       results,
                            protocol, groups->loose, least_iou_of(protocol)};
    size_t at[2] = {groups->truths.begins[index], groups->found.begins[index]};
    const size_t end[2] = {groups->truths.begins[index + 1],
                           groups->found.begins[index + 1]};
    out->num_found = out->num_contested = 0;
    out->num_truths = out->num_candidates = 0;
    while (at[0] < end[0] || at[1] < end[1]) {
        const struct part part = next_part(&loader, groups, at, end);
        DET_TRY(add_truths(&loader, &part));
        DET_TRY(add_all_found(&loader, &part));
    }
    return find_positions(out);
}
