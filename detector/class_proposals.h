/* SPDX-License-Identifier: MIT */
/*
 * What a localizer proposes for classes that are told (He et al. 2015, appendix
 * C): the photo at one scale through the network, once for all classes.
 */
#ifndef DETECTOR_CLASS_PROPOSALS_H
#define DETECTOR_CLASS_PROPOSALS_H

#include "compute/compute.h"
#include "detector/model.h"
#include "detector/scored_boxes.h"
#include "detector/views.h"
#include "rpn/proposals.h"

struct det_class_proposals {
    const struct det_model *model;
    const struct det_proposal_config *config;
    const det_pixels *pixels;
    det_views views;        /* the middle or everything */
    int32_t scale;          /* shorter side */
    const int32_t *classes; /* [count] */
    size_t count;
    struct det_scored_boxes *found; /* [count]: added to, as long as there is
                                       room; scores are logistic */
};

/* A det_program_fn; `user` is the struct. */
det_status det_class_proposals_find(struct det_compute *compute, void *user);

#endif
