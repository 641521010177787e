/* SPDX-License-Identifier: MIT */
/* What the box predictor said of R RoIs, and the boxes that it means. */
#ifndef ROI_BOX_PREDICTIONS_H
#define ROI_BOX_PREDICTIONS_H

#include <stdint.h>

#include "geometry/box_reading.h"

struct det_box_predictions {
    const struct det_box *rois; /* [R] */
    const float *scores;        /* [R, num_scores], probabilities */
    const float *deltas;        /* [R, 4 * num_delta_classes] */
    int32_t count, capacity;    /* R, and what memory is taken for */
};

/* RoI `roi` as the deltas of `label` move it, not clipped; not finite when they
 * are not.  `label` is a score's column and not the background's. */
struct det_box det_predicted_box(const struct det_box_predictions *predictions,
                                 const struct det_box_reading *reading,
                                 int32_t roi, int32_t label);

#endif
