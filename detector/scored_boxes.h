/* SPDX-License-Identifier: MIT */
/* Boxes of one class and how likely they are of it, gathered from several
 * looks. */
#ifndef DETECTOR_SCORED_BOXES_H
#define DETECTOR_SCORED_BOXES_H

#include "base/message.h"
#include "geometry/box.h"

struct det_scored_boxes {
    struct det_box *boxes; /* [capacity], of the photo */
    float *scores;         /* [capacity], 0..1 */
    size_t count, capacity;
};

/* *out [lists], all empty; returned with det_scored_boxes_free, also after a
 * failure. */
det_status det_scored_boxes_make(struct det_scored_boxes **out, size_t lists,
                                 size_t capacity, struct det_message *message);
void det_scored_boxes_free(struct det_scored_boxes *list, size_t lists);

/* Those that NMS leaves, at most `limit`, best first. */
det_status det_scored_boxes_suppress(struct det_scored_boxes *list,
                                     double iou_threshold, size_t limit,
                                     struct det_message *message);

/* The place of the highest score, the first of equal ones; the list is not
 * empty. */
size_t det_scored_boxes_best(const struct det_scored_boxes *list);

/* The box at a place as a detection of its class. */
det_detection det_scored_boxes_detection(const struct det_scored_boxes *list,
                                         size_t place, int32_t label);

#endif
