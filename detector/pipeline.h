/* SPDX-License-Identifier: MIT */
/*
 * Photos through the network, or through several that decide together:
 *     resize -> backbone -> rpn -> roi -> mask
 * Everything it makes lies in the arena.  Run with a planning arena it takes
 * the memory that photos of these sizes can need at most.
 *
 * Several photos go through the backbone and the RPN as one batch, padded to
 * the largest; regions are looked at photo by photo.  Each stage waits for the
 * device once for all of them.
 *
 * Several networks (He et al. 2015, appendix B, "Ensemble"): each proposes
 * regions; all of them judge the union.
 */
#ifndef DETECTOR_PIPELINE_H
#define DETECTOR_PIPELINE_H

#include "compute/compute.h"
#include "detector/costs.h"
#include "detector/input_size.h"
#include "detector/network.h"
#include "detector/settings.h"

enum { DET_MOST_MEMBERS = 8 };

struct det_member {
    const struct det_network *network;
    const struct det_settings *settings;
    int trunk; /* whose backbone it uses: its own index, or that of an earlier
                  member whose backbone is the same */
};

struct det_photo; /* detector/photo.h */

struct det_pipeline {
    struct det_compute *compute;
    struct det_photo *photos; /* room for as many as there are at once */
    const struct det_member *members; /* [num_members]; the first one's
                                         settings choose the detections */
    int num_members;                  /* 1 .. DET_MOST_MEMBERS */
    /* Of one view among several (detector/augmented_run.h): */
    bool mirrored, without_masks;
    const struct det_detections *given; /* NULL, or boxes of the resized photo
                                           whose masks alone are wanted */
    det_progress_fn progress;           /* may be NULL */
    void *progress_user;
    struct det_costs *costs; /* see det_costs_add */
};

/* What the network says of one photo. */
struct det_pipeline_result {
    struct det_input_size size;
    struct det_detections detections; /* boxes in the resized photo's pixels,
                                         or the photo's */
    bool in_photo;
    struct det_tensor masks; /* [count, side, side, 1], of the device, or
                                on_host; no data: there are none */
    bool voted; /* by a cascade: boxes are whole pixels, and the masks fill
                   them */
};

/* out, [count], lies in the arena; the next run overwrites it.  With `given`
 * there is one photo. */
det_status det_pipeline_run(const struct det_pipeline *pipeline,
                            struct det_pipeline_result *out,
                            const det_pixels *pixels, int32_t count);

#endif
