/* SPDX-License-Identifier: MIT */
/*
 * Learning a multi-task network cascade (Dai, He and Sun 2016, section 3): the
 * masks, boxes and classes of three stages, and of two more on the RoIs that
 * the first three make.  A stage's loss has a gradient to the boxes that it
 * looks at, so to the deltas that made them: those of the stage before, and of
 * the RPN.
 *
 * Source: MNC models/VGG16/mnc_5stage/train.prototxt.
 */
#ifndef TRAIN_LEARN_CASCADE_H
#define TRAIN_LEARN_CASCADE_H

#include "detector/roi_source.h"
#include "roi/roi_samples.h"
#include "rpn/proposals.h"
#include "train/trainer.h"

struct det_cascade_lesson {
    const struct det_roi_source *source;
    const struct det_roi_sample_config *config;
    const struct det_roi_image *images;    /* of the batch */
    const struct det_proposals *proposals; /* likewise, of `level` */
    const struct det_proposal_level *level;
    const struct det_roi_samples *rois; /* of these proposals */
};

/* Names of losses of stages 4 and 5 end in "_ext", as in the source. */
det_status det_learn_cascade(struct det_compute *compute, det_trainer *trainer,
                             const struct det_cascade_lesson *lesson);

#endif
