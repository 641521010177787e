/* SPDX-License-Identifier: MIT */
/*
 * The RoIs that the heads learn from (Girshick 2015, section 2.3): proposals
 * and true boxes, a quarter of them objects.
 *
 * Source: torchvision models/detection/roi_heads.py select_training_samples.
 */
#ifndef ROI_ROI_SAMPLES_H
#define ROI_ROI_SAMPLES_H

#include "compute/compute.h"
#include "geometry/balanced_sample.h"
#include "geometry/box_delta.h"
#include "geometry/box_match.h"

struct det_roi_sample_config {
    struct det_match_config match;     /* 0.5, 0.5 */
    struct det_balanced_sample sample; /* 512, 0.25 */
    struct det_delta_coder coder;      /* weights 10, 10, 5, 5 */
    int32_t background;                /* label of what is no object */
};

/* One image's candidates and truth. */
struct det_roi_image {
    const struct det_box *proposals; /* [num_proposals] */
    int32_t num_proposals, capacity; /* what there are, and at most */
    struct det_true_boxes truth;
    const int32_t *labels; /* [truth count], columns of the class scores */
};

/* RoIs of a batch, those of an image together, its objects first.  Arrays of
 * the arena, [count] with room for `capacity`. */
struct det_roi_samples {
    int32_t count, capacity;
    struct det_box *boxes;
    int32_t *images; /* place in the batch */
    int32_t *labels;
    int32_t *truth;           /* of its image's true boxes; -1: background */
    int32_t *proposals;       /* of its image's; -1: a true box itself */
    struct det_delta *deltas; /* of objects */
};

det_status det_roi_samples_take(struct det_compute *compute,
                                struct det_roi_samples *out,
                                const struct det_roi_sample_config *config,
                                const struct det_roi_image *images,
                                int32_t count, uint64_t seed);

/* What each of boxes [R, 1, 1, 4] stands for, in their order, with
 * config->match (without its rescues): the RoIs that a stage of a cascade hands
 * to the next are all learned from (MNC lib/pylayer/stage_bridge_layer.py
 * _sample_output).  image_index [R], or NULL: all image 0.  Of the images, what
 * is true is used.  Nothing is read while planning. */
det_status det_roi_samples_of(struct det_compute *compute,
                              struct det_roi_samples *out,
                              const struct det_roi_sample_config *config,
                              const struct det_tensor *boxes,
                              const int32_t *image_index,
                              const struct det_roi_image *images);

void det_roi_samples_give(struct det_compute *compute,
                          struct det_roi_samples *samples);

#endif
