/* SPDX-License-Identifier: MIT */
/* What one session really uses: the model's preset, changed where the model
 * file or the session's options say so. */
#ifndef DETECTOR_SETTINGS_H
#define DETECTOR_SETTINGS_H

#include "detector/network.h"
#include "detector/preset.h"
#include "maskseg/mask_voting.h"
#include "roi/box_detections.h"
#include "roi/roi_features.h"
#include "rpn/proposals.h"

enum { DET_MOST_SCALES = 16 };

/* Test-time augmentation: the photo is looked at with each of these shorter
 * sides, and mirrored (detector/augmented_run.h). */
struct det_augmentation {
    int32_t scales[DET_MOST_SCALES]; /* rising */
    int count;                       /* 0: none */
    bool mirrored;
};

struct det_settings {
    struct det_preset preset; /* with the model's own sizes, mean and std */
    int32_t pad_multiple;     /* of the network's input sides; 1: no padding */
    struct det_proposal_config proposals;
    struct det_roi_config rois;
    int32_t refinements;            /* rounds of iterative localization */
    int32_t scales[DET_MAX_LEVELS]; /* shorter sides that RoIs are pooled from,
                                       rising; the RPN has preset.min_size */
    int num_scales;                 /* 0: RoIs are pooled where the RPN looks */
    bool merges_pooled; /* of two scales: before conv5_x, not after it */
    struct det_augmentation augmentation; /* of networks with several maps */
    struct det_detection_config detections;
    struct det_mask_voting_config voting; /* of a cascade, which has its score
                                             threshold and reading from
                                             `detections` */
};

/* The settings of a network under a preset, before any option. */
void det_settings_init(struct det_settings *settings,
                       const struct det_preset *preset,
                       const struct det_network *network);

/* Apply a session's options; DET_ERROR_ARGUMENT names the one that is out of
 * range or that the network cannot have. */
det_status det_settings_apply(struct det_settings *settings,
                              const struct det_network *network,
                              const det_session_options *options,
                              struct det_message *message);

#endif
