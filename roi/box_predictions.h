/* SPDX-License-Identifier: MIT */
/* What the box predictor said of R RoIs, and the boxes that it means. */
#ifndef ROI_BOX_PREDICTIONS_H
#define ROI_BOX_PREDICTIONS_H

#include "compute/tensor.h"
#include "geometry/box_reading.h"

struct det_box_predictions {
    const struct det_box *rois; /* [R] */
    struct det_tensor scores;   /* [R, 1, 1, num_scores], probabilities */
    struct det_tensor deltas;   /* [R, 1, 1, 4 * num_delta_classes] */
};

#endif
