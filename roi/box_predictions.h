/* SPDX-License-Identifier: MIT */
/* What the box predictor said of R RoIs, and the boxes that it means. */
#ifndef ROI_BOX_PREDICTIONS_H
#define ROI_BOX_PREDICTIONS_H

#include <stdint.h>

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

/* How the numbers are to be read. */
struct det_box_reading {
    struct det_class_layout classes;
    struct det_delta_coder coder;
};

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
