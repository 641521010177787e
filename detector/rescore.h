/* SPDX-License-Identifier: MIT */
/* Boxes of one class, each looked at alone (detector/region.h): a whole network
 * gives it a new score and a new box; several, the mean of theirs. */
#ifndef DETECTOR_RESCORE_H
#define DETECTOR_RESCORE_H

#include "compute/engine.h"
#include "detector/committee.h"
#include "detector/scored_boxes.h"
#include "geometry/box.h"

struct det_rescoring {
    const det_pixels *pixels;
    int32_t label;
    struct det_scored_boxes *found; /* boxes and scores are replaced */
};

/* logits [R, 1, 1, K] and deltas [R, 1, 1, 4 K] of regions [R, side, side, 3],
 * which go back to the arena. */
det_status det_rescorer_forward(struct det_compute *compute,
                                const struct det_network *network,
                                struct det_tensor *logits,
                                struct det_tensor *deltas,
                                struct det_tensor *images);

det_status det_rescore(struct det_engine *engine,
                       const struct det_committee *rescorers,
                       const struct det_rescoring *rescoring);

#endif
