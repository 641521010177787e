/* SPDX-License-Identifier: MIT */
/*
 * Class scores and deltas of all RoIs -> the image's detections: decode per
 * class, clip, drop background and low scores, NMS per class, the best of all.
 *
 * Sources: torchvision models/detection/roi_heads.py postprocess_detections,
 * Detectron2 modeling/roi_heads/fast_rcnn.py fast_rcnn_inference.
 */
#ifndef ROI_BOX_DETECTIONS_H
#define ROI_BOX_DETECTIONS_H

#include "compute/compute.h"
#include "geometry/box.h"
#include "geometry/box_delta.h"

/* What the rows of scores and deltas mean. */
struct det_class_layout {
    int32_t num_scores;        /* classes and background */
    int32_t background;        /* index of the background's score */
    int32_t num_delta_classes; /* num_scores: like scores; num_scores - 1:
                                  without background; 1: class-agnostic */
};

/* The row of deltas that belongs to a score's column, which must not be the
 * background's where it has none. */
static inline int32_t det_delta_row(const struct det_class_layout *classes,
                                    int32_t label)
{
    if (classes->num_delta_classes == 1)
        return 0;
    if (classes->num_delta_classes == classes->num_scores)
        return label;
    return label > classes->background ? label - 1 : label;
}

struct det_detection_config {
    float score_threshold; /* strictly above it */
    double nms_threshold;  /* IoU */
    int32_t max_detections;
    float min_size; /* pixels; smaller boxes are dropped */
    struct det_delta_coder coder;
    struct det_class_layout classes;
};

/* Best-first arrays of `count`, with room for `capacity`. */
struct det_detections {
    struct det_box *boxes; /* pixels of the resized image */
    float *scores;
    int32_t *labels; /* index of the score's column */
    int32_t count, capacity;
};

/* What the predictor said of R RoIs. */
struct det_box_predictions {
    const struct det_box *rois; /* [R] */
    const float *scores;        /* [R, num_scores], probabilities */
    const float *deltas;        /* [R, 4 * num_delta_classes] */
    int32_t count, capacity;    /* R, and what memory is taken for */
};

/* The arrays of `out` are taken from the arena. */
det_status det_detections_select(struct det_compute *compute,
                                 struct det_detections *out,
                                 const struct det_detection_config *config,
                                 const struct det_box_predictions *predictions,
                                 struct det_extent extent);

void det_detections_give(struct det_compute *compute,
                         struct det_detections *detections);

#endif
