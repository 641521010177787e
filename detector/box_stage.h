/* SPDX-License-Identifier: MIT */
/* Proposals -> detections. */
#ifndef DETECTOR_BOX_STAGE_H
#define DETECTOR_BOX_STAGE_H

#include "detector/roi_source.h"

/* Where boxes are decoded. */
struct det_decode_frame {
    float factor;             /* proposals are divided by it before that */
    struct det_extent extent; /* boxes are clipped to it */
};

/* Rounds and choice are those of the first source's settings.  Several sources
 * say the mean of their scores and of their deltas.  The proposals' memory is
 * written to; `out` is for det_detections_end. */
det_status det_box_stage(struct det_compute *compute,
                         struct det_detection_search *out,
                         const struct det_roi_sources *sources,
                         const struct det_proposals *proposals,
                         const struct det_decode_frame *frame);

#endif
