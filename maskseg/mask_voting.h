/* SPDX-License-Identifier: MIT */
/*
 * RoIs with a score for each class and one mask each -> the image's instances,
 * each with a mask that the overlapping RoIs have voted on:
 *
 *   NMS per class, the best of all classes
 *   -> for each kept box all boxes that overlap it, weighted by their scores
 *   of its class  -> the weighted sum of their masks in the photo's pixels
 *   -> its tight box, and what is in it as a small mask
 *
 * Source: MNC lib/transform/mask_transform.py cpu_mask_voting and
 * gpu_mask_voting (Dai, He and Sun 2016, section 4).  Boxes there have their
 * last pixel at x2, here at x2 - 1.  Scores that are equal at the limit all
 * stay there; here the first ones, by class.
 */
#ifndef MASKSEG_MASK_VOTING_H
#define MASKSEG_MASK_VOTING_H

#include "compute/compute.h"
#include "maskseg/mask_canvas.h"

struct det_mask_voting_config {
    enum det_canvas_rule rule;
    float mask_threshold; /* 0.4 */
    double nms_threshold; /* IoU, 0.3 */
    double vote_overlap;  /* IoU of those that vote, at least: 0.5 */
    int32_t limit;        /* instances, of a class and in all: 100 */
    int32_t background;   /* column of the scores that is no class; -1: none */
};

/* What the network said: R RoIs, of all its stages. */
struct det_mask_candidates {
    const struct det_box *boxes; /* [R], finite, pixels of the photo */
    const float *scores;         /* [R, num_scores], probabilities */
    const float *masks;          /* [R, side, side], 0..1 */
    int32_t num_scores, side;
    int32_t count, capacity; /* R, and what memory is taken for */
};

/* Best-first arrays of `count`, with room for `capacity`; equal scores by
 * class, then in the order of NMS. */
struct det_voted_masks {
    struct det_box *boxes; /* whole pixels of the photo, tight */
    float *scores;
    int32_t *labels; /* columns of the scores */
    float *masks;    /* [count, side, side], 0..1 */
    int32_t side;
    int32_t count, capacity;
};

/* The arrays of `out` are taken from the arena, as is one buffer of the photo's
 * width x height while it runs.  Nothing is read while planning. */
det_status det_mask_voting(struct det_compute *compute,
                           struct det_voted_masks *out,
                           const struct det_mask_voting_config *config,
                           const struct det_mask_candidates *candidates,
                           int32_t width, int32_t height);

void det_voted_masks_give(struct det_compute *compute,
                          struct det_voted_masks *masks);

#endif
