/* SPDX-License-Identifier: MIT */
/*
 * Matching the objects found of one category with the true ones, image by
 * image, best score first (pycocotools cocoeval.py, evaluateImg).
 */
#ifndef EVAL_COCO_MATCH_H
#define EVAL_COCO_MATCH_H

#include "eval/coco_groups.h"
#include "eval/coco_overlaps.h"
#include "eval/score_sort.h"

struct det_coco_found {
    double score;
    double area;       /* pixels, for the size ranges */
    uint32_t object;   /* place in the results */
    uint32_t rank;     /* in its image, 0 being the best */
    bool is_loose;     /* without a match it is ignored, not wrong */
    uint32_t position; /* in the category's order by score */
    uint32_t first_candidate, num_candidates;
    uint32_t contested; /* place among those with candidates; without any,
                           DET_NO_INDEX: no match at any threshold */
};

struct det_coco_truth {
    double area; /* the annotation's, even when boxes are compared */
    uint32_t annotation; /* place in the data set */
    bool is_crowd;       /* takes any number of found objects */
    bool is_ignored;     /* a crowd, or what LVIS ignores */
    bool has_id; /* cocoeval takes a match with id 0 for none */
};

/* The objects of a category.  Zeroed is empty; used again and again. */
struct det_coco_category {
    struct det_coco_found *found; /* image by image, in each best first */
    size_t num_found, found_capacity;
    uint32_t *contested; /* places of found objects that have candidates */
    size_t num_contested, contested_capacity;
    struct det_coco_truth *truths;
    size_t num_truths, truth_capacity;
    struct det_candidate *candidates;
    size_t num_candidates, candidate_capacity;
    struct det_shape *shapes; /* of the true objects of an image */
    size_t num_shapes, shape_capacity;
    struct det_score_sorter sorter;
    struct det_shape_maker maker;
};

void det_coco_category_destroy(struct det_coco_category *category);

/* Everything about a group's category that does not depend on thresholds and
 * sizes. */
det_status det_coco_category_load(struct det_coco_category *out,
                                  const struct det_dataset *dataset,
                                  const struct det_results *results,
                                  const struct det_coco_groups *groups,
                                  size_t index,
                                  const struct det_coco_protocol *protocol);

enum det_outcome {
    DET_FALSE_POSITIVE = 0,
    DET_TRUE_POSITIVE = 1,
    DET_IGNORED = 2, /* found an ignored object, or out of the size range */
};

/* Arrays for matching, and what comes of it.  Objects that are not contested
 * get no match at any threshold, and are not looked at again and again. */
struct det_coco_matching {
    uint8_t *ignored;  /* [num_truths]: crowd or out of the size range */
    uint32_t *taken;   /* [num_truths]: the round that took it last */
    uint8_t *outcomes; /* [num_contested]: enum det_outcome */
    uint32_t *matches; /* [num_contested]: true object or DET_NO_INDEX */
    uint32_t round;    /* of the last call; `taken` is 0 before the first */
    size_t truth_capacity, contested_capacity;
};

/* Room for a category, nothing taken. */
det_status det_coco_matching_prepare(struct det_coco_matching *matching,
                                     const struct det_coco_category *category,
                                     struct det_message *message);
void det_coco_matching_destroy(struct det_coco_matching *matching);

/* Mark what a size range ignores; returns how many true objects count. */
size_t det_coco_ignore(struct det_coco_matching *matching,
                       const struct det_coco_category *category,
                       const struct det_area_range *area);

/* Match at one IoU threshold, after det_coco_ignore with the same range. */
void det_coco_match(struct det_coco_matching *matching,
                    const struct det_coco_category *category,
                    const struct det_area_range *area, double iou);

static inline bool det_area_contains(const struct det_area_range *range,
                                     double area)
{
    return !(area < range->low || area > range->high);
}

#endif
