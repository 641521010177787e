/* SPDX-License-Identifier: MIT */
#include "eval/coco_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* ------------------------------------------------------------------- arrays */

static det_status reserve_truths(struct det_coco_matching *m, size_t count,
                                 struct det_message *message)
{
    if (count <= m->truth_capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&m->ignored, count, sizeof *m->ignored, message));
    DET_TRY(det_reallocate(&m->taken, count, sizeof *m->taken, message));
    m->truth_capacity = count;
    return DET_OK;
}

static det_status reserve_contested(struct det_coco_matching *m, size_t count,
                                    struct det_message *message)
{
    if (count <= m->contested_capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&m->outcomes, count, sizeof *m->outcomes, message));
    DET_TRY(det_reallocate(&m->matches, count, sizeof *m->matches, message));
    m->contested_capacity = count;
    return DET_OK;
}

det_status det_coco_matching_prepare(struct det_coco_matching *matching,
                                     const struct det_coco_category *category,
                                     struct det_message *message)
{
    DET_TRY(reserve_truths(matching, category->num_truths, message));
    DET_TRY(reserve_contested(matching, category->num_contested, message));
    if (category->num_truths)
        memset(matching->taken, 0,
               category->num_truths * sizeof *matching->taken);
    matching->round = 0;
    return DET_OK;
}

void det_coco_matching_destroy(struct det_coco_matching *matching)
{
    free(matching->ignored);
    free(matching->taken);
    free(matching->outcomes);
    free(matching->matches);
    *matching = (struct det_coco_matching){0};
}

size_t det_coco_ignore(struct det_coco_matching *matching,
                       const struct det_coco_category *category,
                       const struct det_area_range *area)
{
    size_t counted = 0;
    for (size_t i = 0; i < category->num_truths; i++) {
        const struct det_coco_truth *truth = &category->truths[i];
        matching->ignored[i] =
            truth->is_ignored || !det_area_contains(area, truth->area);
        counted += !matching->ignored[i];
    }
    return counted;
}

/* ----------------------------------------------------------------- matching */

/* Of the candidates that are (not) ignored the one with the greatest IoU, a
 * later one on a tie; *best is raised to it. */
static uint32_t best_of(const struct det_coco_matching *matching,
                        const struct det_coco_category *category,
                        const struct det_coco_found *found, bool ignored,
                        double *best)
{
    uint32_t match = DET_NO_INDEX;
    const struct det_candidate *c =
        category->candidates + found->first_candidate;
    for (uint32_t i = 0; i < found->num_candidates; i++) {
        const uint32_t truth = c[i].truth;
        const bool taken = matching->taken[truth] == matching->round &&
                           !category->truths[truth].is_crowd;
        if (taken || matching->ignored[truth] != ignored || c[i].iou < *best)
            continue;
        *best = c[i].iou;
        match = truth;
    }
    return match;
}

/* One that is ignored is taken only when there is no other. */
static uint32_t match_one(struct det_coco_matching *matching,
                          const struct det_coco_category *category,
                          const struct det_coco_found *found, double iou)
{
    double best = iou < 1 - 1e-10 ? iou : 1 - 1e-10;
    uint32_t match = best_of(matching, category, found, false, &best);
    if (match == DET_NO_INDEX)
        match = best_of(matching, category, found, true, &best);
    if (match != DET_NO_INDEX)
        matching->taken[match] = matching->round;
    return match;
}

static enum det_outcome outcome_of(const struct det_coco_matching *matching,
                                   const struct det_coco_category *category,
                                   const struct det_coco_found *found,
                                   const struct det_area_range *area,
                                   uint32_t match)
{
    const bool matched = match != DET_NO_INDEX;
    const bool counts = matched && category->truths[match].has_id;
    if (matched && matching->ignored[match])
        return DET_IGNORED;
    if (!counts &&
        (found->is_loose || !det_area_contains(area, found->area)))
        return DET_IGNORED;
    return counts ? DET_TRUE_POSITIVE : DET_FALSE_POSITIVE;
}

void det_coco_match(struct det_coco_matching *matching,
                    const struct det_coco_category *category,
                    const struct det_area_range *area, double iou)
{
    matching->round++;
    for (size_t i = 0; i < category->num_contested; i++) {
        const struct det_coco_found *found =
            &category->found[category->contested[i]];
        const uint32_t match = match_one(matching, category, found, iou);
        matching->matches[i] = match;
        matching->outcomes[i] =
            (uint8_t)outcome_of(matching, category, found, area, match);
    }
}
