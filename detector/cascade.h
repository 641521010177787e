/* SPDX-License-Identifier: MIT */
/*
 * The five stages of a multi-task network cascade in inference (Dai, He and
 * Sun 2016, section 3.4): proposals -> masks and scores (stages 1 to 3) -> the
 * same for the RoIs that their deltas make (4 and 5).  What both say goes to
 * mask voting.
 *
 * Source: MNC lib/caffeWrapper/TesterWrapper.py _segmentation_forward.
 */
#ifndef DETECTOR_CASCADE_H
#define DETECTOR_CASCADE_H

#include "maskseg/mask_voting.h"
#include "maskseg/mnc_head.h"
#include "roi/stage_bridge.h"

struct det_cascade {
    const struct det_mnc_head *head;
    struct det_mnc_conv5 conv5; /* unless head->has_fcs */
    struct det_stage_bridge_config bridge;
    enum det_mnc_warp second_warp; /* of stages 4 and 5; the source's released
                                      net: DET_MNC_WARP_DIRECT */
    int32_t run_length;            /* RoIs at a time; 28 * 28 * C floats each */
};

/* How boxes get from the resized image to the photo. */
struct det_photo_frame {
    float x, y;             /* pixels of the photo per pixel */
    struct det_extent clip; /* what they are clipped to then */
    float longer;           /* added to x2 and y2 in the end: 1 where these are
                               the last pixel */
};

/* One image. */
struct det_cascade_input {
    struct det_tensor map;       /* [1, H, W, C] */
    float scale;                 /* map places per pixel */
    const struct det_box *boxes; /* [count] proposals, pixels */
    int32_t count, capacity;
    struct det_extent extent; /* of the resized image, whose pixels these are */
    struct det_photo_frame photo;
};

/* out, 2 * count RoIs, the proposals first, then those made of them; boxes in
 * pixels of the photo, scores those of the masks.  Arrays of the arena, for
 * det_cascade_give.  Boxes are not read while planning. */
det_status det_cascade_run(struct det_compute *compute,
                           struct det_mask_candidates *out,
                           const struct det_cascade *cascade,
                           const struct det_cascade_input *input);

void det_cascade_give(struct det_compute *compute,
                      struct det_mask_candidates *candidates);

#endif
