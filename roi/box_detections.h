/* SPDX-License-Identifier: MIT */
/*
 * Class scores and deltas of all RoIs -> the image's detections: decode per
 * class, clip, drop background and low scores, NMS per class, the best of all;
 * with box voting, moved to the mean of what lies around them.
 *
 * Sources: torchvision models/detection/roi_heads.py postprocess_detections,
 * Detectron2 modeling/roi_heads/fast_rcnn.py fast_rcnn_inference,
 * py-faster-rcnn lib/fast_rcnn/test.py test_net.
 */
#ifndef ROI_BOX_DETECTIONS_H
#define ROI_BOX_DETECTIONS_H

#include "compute/candidates.h"
#include "geometry/nms.h"
#include "roi/box_predictions.h"

struct det_detection_config {
    float score_threshold; /* strictly above it */
    double nms_threshold;  /* IoU */
    int32_t max_detections;
    bool limit_keeps_ties; /* see det_nms_options */
    enum det_nms_batching nms_batching;
    float min_size;      /* pixels; smaller boxes are dropped */
    bool across_classes; /* boxes of all classes suppress each other */
    det_suppression suppression;
    double soft_sigma;     /* of DET_SUPPRESSION_GAUSSIAN */
    double vote_threshold; /* IoU; above 1: no box voting */
    struct det_box_reading reading;
};

/* The final NMS; not of a soft suppression. */
struct det_nms_options
det_detection_nms_options(const struct det_detection_config *config);

/* Best-first arrays of `count`, with room for `capacity`. */
struct det_detections {
    struct det_box *boxes; /* pixels of the image that the RoIs are in */
    float *scores;
    int32_t *labels; /* index of the score's column */
    int32_t count, capacity;
};

/* On their way to the host, which sees detections only; with a soft
 * suppression or voting, which it does itself, all that are above the
 * threshold. */
struct det_detection_search {
    struct det_candidates found, view;
};

/* The device looks for detections, clipped to `extent`...  DET_ERROR_LIMIT:
 * more than INT32_MAX pairs of RoI and class. */
det_status det_detections_begin(struct det_compute *compute,
                                struct det_detection_search *out,
                                const struct det_detection_config *config,
                                const struct det_box_predictions *predictions,
                                struct det_extent extent);

/* ...and after a det_wait, which several searches may share, they are there.
 * The arrays of `out` are taken from the arena. */
det_status det_detections_end(struct det_compute *compute,
                              struct det_detections *out,
                              const struct det_detection_config *config,
                              struct det_detection_search *search);

/* Both, with that wait. */
det_status det_detections_select(struct det_compute *compute,
                                 struct det_detections *out,
                                 const struct det_detection_config *config,
                                 const struct det_box_predictions *predictions,
                                 struct det_extent extent);

void det_detections_give(struct det_compute *compute,
                         struct det_detections *detections);

#endif
