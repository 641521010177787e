/* SPDX-License-Identifier: MIT */
/* What a box predictor's rows of scores and deltas mean. */
#ifndef GEOMETRY_BOX_READING_H
#define GEOMETRY_BOX_READING_H

#include <stdint.h>

#include "geometry/box_delta.h"

struct det_class_layout {
    int32_t num_scores;        /* classes and background */
    int32_t background;        /* index of the background's score */
    int32_t num_delta_classes; /* num_scores: like scores; num_scores - 1:
                                  without background; 1: class-agnostic */
};

/* The row of deltas that belongs to a score's column, which must not be the
 * background's where it has none. */
static inline DET_ON_DEVICE int32_t
det_delta_row(const struct det_class_layout *classes, int32_t label)
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

/* A RoI as the deltas [4 * num_delta_classes] of `label` move it, not clipped;
 * not finite when they are not.  `label` is a score's column and not the
 * background's. */
static inline DET_ON_DEVICE struct det_box
det_read_box(const struct det_box_reading *reading, struct det_box roi,
             const float *deltas, int32_t label)
{
    const float *d = deltas + 4 * det_delta_row(&reading->classes, label);
    const struct det_delta delta = {d[0], d[1], d[2], d[3]};
    return det_delta_decode(&reading->coder, roi, delta);
}

#endif
