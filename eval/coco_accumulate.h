/* SPDX-License-Identifier: MIT */
#ifndef EVAL_COCO_ACCUMULATE_H
#define EVAL_COCO_ACCUMULATE_H

#include "eval/coco_match.h"
#include "eval/coco_scores.h"

/*
 * Memory for one category's curves, used again.  Zeroed is empty.  Precision
 * changes its course only at contested objects; what lies between them is
 * counted once for each size range, not at every threshold.
 */
struct det_coco_curves {
    const struct det_coco_found **order; /* [found]: by position */
    const struct det_coco_found **contested; /* [contested]: by position */
    uint32_t *misses;    /* [limits, contested]: false positives before each
                            that are not contested themselves */
    double *precision;   /* [true positives], then its envelope */
    uint32_t *positions; /* [true positives]: where they are */
    size_t found_capacity, contested_capacity;
};

det_status det_coco_curves_prepare(struct det_coco_curves *curves,
                                   const struct det_coco_category *category,
                                   const struct det_coco_protocol *protocol,
                                   struct det_message *message);
void det_coco_curves_destroy(struct det_coco_curves *curves);

/* Count what a size range leaves between the contested objects. */
void det_coco_curves_set_area(struct det_coco_curves *curves,
                              const struct det_coco_category *category,
                              const struct det_coco_protocol *protocol,
                              const struct det_area_range *area);

/* Fill in the cells of threshold t, category k and range a for every limit,
 * `truths` > 0 objects being there to find (cocoeval.py, accumulate). */
void det_coco_accumulate(struct det_coco_scores *out,
                         struct det_coco_curves *curves,
                         const struct det_coco_category *category,
                         const struct det_coco_matching *matching,
                         size_t truths, size_t t, size_t k, size_t a);

#endif
