/* SPDX-License-Identifier: MIT */
/*
 * Test-time augmentation of networks with several maps: the photo is looked at
 * with several shorter sides, and mirrored; the detections of all views go
 * through one NMS; in each view the masks of what is left are predicted again,
 * and their mean is taken.
 *
 * Source: Detectron2 modeling/test_time_augmentation.py
 * GeneralizedRCNNWithTTA.  As there, a view's maps are computed a second time
 * for the masks: to keep those of all views would take as many times the
 * memory.
 */
#ifndef DETECTOR_AUGMENTED_RUN_H
#define DETECTOR_AUGMENTED_RUN_H

#include "detector/pipeline.h"

/* What is left of all views, in the photo's pixels; its own memory. */
struct det_augmented {
    struct det_box *boxes; /* [count], best first */
    float *scores;
    int32_t *labels;
    float *masks; /* [count, side, side], or NULL */
    int32_t count, capacity, side;
};

/* Runs a pipeline; the result is valid until the next call. */
struct det_pipeline_runner {
    det_status (*run)(void *user, const struct det_pipeline *pipeline,
                      struct det_pipeline_result *out,
                      const det_pixels *pixels);
    void *user;
};

/* All views of the first member's settings.  *out refers to what `augmented`
 * holds until it is destroyed. */
det_status det_augmented_run(struct det_augmented *augmented,
                             struct det_pipeline_result *out,
                             const struct det_pipeline *pipeline,
                             const struct det_pipeline_runner *runner,
                             const det_pixels *pixels);

void det_augmented_destroy(struct det_augmented *augmented);

#endif
