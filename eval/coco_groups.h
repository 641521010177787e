/* SPDX-License-Identifier: MIT */
/*
 * Objects sorted the way they are judged: categories by id, in each the images
 * by id, in each the file's order.
 */
#ifndef EVAL_COCO_GROUPS_H
#define EVAL_COCO_GROUPS_H

#include "datasets/coco_results.h"
#include "eval/coco_protocol.h"

/* Places of a file's objects, sorted; those of a category K lie between
 * begins[K] and begins[K + 1]. */
struct det_coco_group {
    uint32_t *places; /* [begins[K]] */
    size_t *begins;   /* [K + 1] */
};

struct det_coco_groups {
    uint32_t *image_ranks; /* [images]: place of an image among the sorted */
    uint32_t *categories;  /* [K]: places in the data set, by id */
    size_t num_categories; /* K; 1 when all are one */
    struct det_coco_group truths, found;
    uint8_t *loose; /* [results], non-0: no match is no mistake; NULL: none */
};

/* Objects of unknown images and categories are left out, and those of images
 * that the protocol does not judge.  On failure nothing is left. */
det_status det_coco_groups_make(struct det_coco_groups *out,
                                const struct det_dataset *dataset,
                                const struct det_results *results,
                                const struct det_coco_protocol *protocol,
                                struct det_message *message);
void det_coco_groups_destroy(struct det_coco_groups *groups);

#endif
