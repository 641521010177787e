/* SPDX-License-Identifier: MIT */
/*
 * Precision and recall of a results file against a data set: pycocotools'
 * COCOeval, every cell of it.
 */
#ifndef EVAL_COCO_SCORES_H
#define EVAL_COCO_SCORES_H

#include "datasets/coco_results.h"
#include "eval/coco_protocol.h"

/* T thresholds, R recalls, K categories by id, A size ranges, M limits, the
 * last varying fastest.  -1 where there is nothing to find. */
struct det_coco_scores {
    struct det_coco_protocol protocol;
    uint32_t *categories; /* [K]: places in the data set; NULL: all are one */
    size_t num_categories; /* K */
    char *frequencies;     /* [K]: LVIS's, or NULL */
    double *precision;     /* [T, R, K, A, M] */
    double *scores;        /* [T, R, K, A, M]: the score at that recall */
    double *recall;        /* [T, K, A, M] */
};

/* Places in the arrays. */
static inline size_t det_recall_at(const struct det_coco_scores *s, size_t t,
                                   size_t k, size_t a, size_t m)
{
    const struct det_coco_protocol *p = &s->protocol;
    return ((t * s->num_categories + k) * p->num_areas + a) * p->num_limits +
           m;
}

static inline size_t det_precision_at(const struct det_coco_scores *s,
                                      size_t t, size_t r, size_t k, size_t a,
                                      size_t m)
{
    return det_recall_at(s, t * DET_EVAL_RECALLS + r, k, a, m);
}

/* Judge with `threads` threads; the numbers do not depend on how many.  On
 * failure nothing is left. */
det_status det_coco_evaluate(struct det_coco_scores *out,
                             const struct det_dataset *dataset,
                             const struct det_results *results,
                             const struct det_coco_protocol *protocol,
                             int threads, struct det_message *message);
void det_coco_scores_destroy(struct det_coco_scores *scores);

/* -------------------------------------------------------------- the summary */

enum { DET_COCO_NUMBERS = 12, DET_COCO_MOST_NUMBERS = 80 };

/* Which cells a number is the mean of. */
struct det_coco_number {
    char name[32]; /* "AP50" */
    bool is_recall;
    double iou;   /* one of the thresholds; negative: all */
    size_t area;  /* place in the protocol's ranges */
    size_t limit; /* place in the protocol's limits */
    char frequency; /* of the categories; 0: all */
};

/* The lines of a summary; returns how many.  With COCO's protocol the 12
 * numbers of COCOeval.summarize in its order: AP, AP50, AP75, APs, APm, APl,
 * AR1, AR10, AR100, ARs, ARm, ARl.  Precision is that of the last limit; AP50
 * and AP75 are there when their thresholds are.  Without categories it is
 * recall at each limit, in each size range. */
size_t det_coco_numbers(struct det_coco_number out[DET_COCO_MOST_NUMBERS],
                        const struct det_coco_protocol *protocol);

/* The mean over all cells but those of -1, and -1 when there is none. */
double det_coco_mean(const struct det_coco_scores *scores,
                     const struct det_coco_number *number);
/* The same for category K alone. */
double det_coco_category_mean(const struct det_coco_scores *scores,
                              const struct det_coco_number *number, size_t k);

#endif
