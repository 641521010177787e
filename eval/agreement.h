/* SPDX-License-Identifier: MIT */
/*
 * Whether two programs found the same things.  A detection of the reference is
 * matched by one of ours with the same label, a score within 1e-3, every side
 * of the box within 0.1 pixel and, where there are masks, an IoU of 0.99; each
 * of ours matches once.
 */
#ifndef EVAL_AGREEMENT_H
#define EVAL_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "geometry/rle.h"

struct det_found {
    int label;
    double score;
    double box[4]; /* x1, y1, x2, y2 in pixels */
    bool has_mask;
    struct det_rle mask;
    bool used;
};

struct det_found_list {
    struct det_found *items;
    size_t count;
};

struct det_agreement {
    size_t reference; /* detections of the reference */
    size_t matched;
    size_t extra;     /* of ours that match none */
    double worst_box; /* pixels, over the matched ones */
    double worst_score;
};

/* Called for each detection of the reference without a match; `nearest` is the
 * closest of ours with its label, or NULL. */
typedef void (*det_miss_fn)(void *user, const struct det_found *missed,
                            const struct det_found *nearest);

/* Add one photo; marks what is used of `ours`.  `miss` may be NULL. */
void det_agreement_add(struct det_agreement *agreement,
                       const struct det_found_list *reference,
                       struct det_found_list *ours, det_miss_fn miss,
                       void *user);

/* How far two boxes' sides are apart at most, pixels. */
double det_found_distance(const struct det_found *a, const struct det_found *b);

/* 1 for two masks without foreground, and where neither has a mask. */
double det_found_mask_iou(const struct det_found *a, const struct det_found *b);

void det_found_list_destroy(struct det_found_list *list);

#endif
