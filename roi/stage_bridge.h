/* SPDX-License-Identifier: MIT */
/*
 * From one stage of a cascade to the next (Dai, He and Sun 2016, section 3.4):
 * each RoI is regressed by the deltas of the class that it most likely is and
 * clipped to its image.  The loss of later stages has a gradient to those
 * deltas, and to the RoIs.
 *
 * Source: MNC lib/pylayer/stage_bridge_layer.py.  In inference the background
 * counts as a class there, with deltas of its own that nothing ever trained; in
 * training the best object class is taken.  A RoI that was clipped passes no
 * gradient to its deltas; to the RoIs the clipping counts as the identity.
 *
 * Not followed are what look like slips: the backward takes the gradients of
 * the corners (x1, y1, x2, y2), which RoIWarping gives, for those of centre and
 * size; and training decodes deltas without undoing their normalisation, which
 * is part of the coder here, as is whether sides count with "+ 1".
 */
#ifndef ROI_STAGE_BRIDGE_H
#define ROI_STAGE_BRIDGE_H

#include "compute/compute.h"
#include "roi/box_predictions.h"

enum det_bridge_choice {
    DET_BRIDGE_ANY_CLASS,   /* the background too: inference */
    DET_BRIDGE_OBJECT_CLASS /* the best of the others: training */
};

struct det_stage_bridge_config {
    enum det_bridge_choice choice;
    struct det_delta_coder coder;
    struct det_class_layout classes;
    float gradient_limit; /* each delta's gradient is cut to +-this; the source:
                             1/512; 0: not cut */
};

struct det_stage_bridge {
    struct det_tensor boxes;  /* [R, 1, 1, 4], image pixels */
    struct det_tensor deltas; /* [R, 1, 1, 4 D] */
    const float *scores;      /* [R, K]: probabilities, or logits, whose
                                 greatest are the same */
    const int64_t *places; /* [R], or NULL: of a RoI's first delta in `deltas`,
                              of whatever shape that is then, which the scores
                              do not choose; -1: the RoI stays */
    const int32_t *image_index;       /* [R], or NULL: all image 0 */
    const struct det_extent *extents; /* of the images */
    /* Added behind as they are: in training, the true boxes. */
    const struct det_box *more;  /* [num_more], image pixels */
    int32_t num_more, most_more; /* what there are, and room is made for */
    struct det_tensor out;       /* [R + num_more, 1, 1, 4], image pixels */
};

/* op->out is taken from the arena; boxes and deltas stay the caller's.  A RoI
 * that has no class (scores of NaN), whose class has no deltas (the background,
 * where the predictor leaves it out), or whose deltas make no finite box, stays
 * where it is, clipped.
 * Nothing is read while planning; scores, indices and extents only in this
 * call. */
det_status
det_stage_bridge_forward(struct det_compute *compute,
                         struct det_stage_bridge *op,
                         const struct det_stage_bridge_config *config);

#endif
