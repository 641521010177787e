/* SPDX-License-Identifier: MIT */
/*
 * Which true box each anchor or proposal stands for, by intersection over
 * union (Ren et al. 2015, section 3.1.2; Girshick 2015, section 2.3).
 *
 * Source: torchvision models/detection/_utils.py Matcher; Detectron2
 * modeling/matcher.py has the same rules.
 */
#ifndef GEOMETRY_BOX_MATCH_H
#define GEOMETRY_BOX_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "geometry/box.h"

enum {
    DET_MATCH_BACKGROUND = -1, /* below `low` with every true box */
    DET_MATCH_BETWEEN = -2     /* neither: not learned from */
};

struct det_match_config {
    float low, high; /* background below, an object from there on */
    bool rescues;    /* the best anchors of each true box stand for an object
                        however small their overlap is */
};

/* The true boxes of an image. */
struct det_true_boxes {
    const struct det_box *boxes; /* [count] */
    int32_t count;
};

/* out[i], for each of boxes [count]: the true box with the largest overlap, the
 * first of equals, or one of the constants above.  `best` is scratch, [truth
 * count].  A rescued box keeps its own best true box, which need not be the
 * one that it is the best for; one without any overlap rescues everything that
 * does not overlap it, as in the source. */
void det_match_boxes(int32_t *out, const struct det_match_config *config,
                     const struct det_box *boxes, size_t count,
                     const struct det_true_boxes *truth, float *best,
                     int threads);

#endif
