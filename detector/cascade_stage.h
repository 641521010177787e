/* SPDX-License-Identifier: MIT */
/* Proposals -> instances with masks, by a cascade. */
#ifndef DETECTOR_CASCADE_STAGE_H
#define DETECTOR_CASCADE_STAGE_H

#include "detector/input_size.h"
#include "detector/roi_source.h"
#include "maskseg/mask_voting.h"
#include "rpn/proposals.h"

/* A photo, and what the network sees of it. */
struct det_photo_size {
    struct det_input_size size;
    int32_t height, width; /* of the photo */
};

/* Stages 2 to 5; `out` is taken from the arena (det_cascade_give). */
det_status det_cascade_stage(struct det_compute *compute,
                             struct det_mask_candidates *out,
                             const struct det_roi_source *source,
                             const struct det_proposals *proposals,
                             const struct det_photo_size *photo);

/* What the stages agree on, above the score threshold; boxes and masks of the
 * photo.  `out` is taken from the arena. */
det_status det_voting_stage(struct det_compute *compute,
                            struct det_voted_masks *out,
                            const struct det_settings *settings,
                            const struct det_mask_candidates *candidates,
                            const struct det_photo_size *photo);

#endif
