/* SPDX-License-Identifier: MIT */
#ifndef EVAL_COCO_ACCUMULATE_H
#define EVAL_COCO_ACCUMULATE_H

#include "eval/coco_match.h"
#include "eval/coco_scores.h"

/* Memory for one category's curves, used again.  Zeroed is empty. */
struct det_coco_curves {
    double *scores;      /* [found], by position */
    uint32_t *ranks;     /* [found], by position */
    double *precision;   /* [true positives], then its envelope */
    uint32_t *positions; /* [true positives]: where they are */
    size_t capacity;
};

det_status det_coco_curves_prepare(struct det_coco_curves *curves,
                                   const struct det_coco_category *category,
                                   struct det_message *message);
void det_coco_curves_destroy(struct det_coco_curves *curves);

/* Fill in the cells of threshold t, category k and range a for every limit,
 * `truths` > 0 objects being there to find (cocoeval.py, accumulate). */
void det_coco_accumulate(struct det_coco_scores *out,
                         struct det_coco_curves *curves,
                         const struct det_coco_category *category,
                         const struct det_coco_matching *matching,
                         size_t truths, size_t t, size_t k, size_t a);

#endif
