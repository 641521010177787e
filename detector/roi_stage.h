/* SPDX-License-Identifier: MIT */
/* The stages that work on RoIs, in runs of RoIs small enough for memory. */
#ifndef DETECTOR_ROI_STAGE_H
#define DETECTOR_ROI_STAGE_H

#include "detector/pipeline.h"

/* Pooled features of RoIs, [count, side, side, C]; with C4, conv5_x has been
 * applied. */
det_status det_roi_stage_features(const struct det_pipeline *pipeline,
                                  struct det_tensor *out,
                                  const struct det_roi_maps *maps,
                                  const struct det_roi_batch *rois,
                                  int32_t side);

/* Where boxes are decoded. */
struct det_decode_frame {
    float factor;             /* proposals are divided by it before that */
    struct det_extent extent; /* boxes are clipped to it */
};

/* Proposals -> detections.  The proposals are in the frame afterwards. */
det_status det_roi_stage_boxes(const struct det_pipeline *pipeline,
                               struct det_detections *out,
                               const struct det_roi_maps *maps,
                               const struct det_proposals *proposals,
                               const struct det_decode_frame *frame);

/* Detections -> masks, [count, side, side, 1] probabilities. */
det_status det_roi_stage_masks(const struct det_pipeline *pipeline,
                               struct det_tensor *out,
                               const struct det_roi_maps *maps,
                               const struct det_detections *detections);

#endif
