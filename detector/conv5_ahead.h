/* SPDX-License-Identifier: MIT */
/*
 * C4's conv5_x begins with two 1x1 convolutions, its first block's conv1 and
 * shortcut.  RoIAlign is linear in its map, so they may be applied to the map
 * before RoIs are pooled from it: to 38 x 63 places once, in place of 14 x 14
 * of each of 300 RoIs.  The rest of both, bias or norm and ReLU, follows the
 * pooling, since samples outside of the map are 0 before it.
 */
#ifndef DETECTOR_CONV5_AHEAD_H
#define DETECTOR_CONV5_AHEAD_H

#include "backbone/resnet.h"
#include "roi/roi_features.h"

/* Bare sums at all places of the map. */
struct det_conv5_ahead {
    bool made;
    struct det_tensor conv1, shortcut;
};

/* What is to be pooled, and how. */
struct det_conv5_pooling {
    const struct det_resnet_stage *conv5;
    const struct det_roi_config *config;
    const struct det_roi_maps *maps;
    int32_t side;
};

/* Makes them where that gives the same up to rounding and is less work for
 * `capacity` RoIs, whatever their count will be, so that what a RoI gets does
 * not depend on how many there are.  Not for compute->in_order, which wants
 * torch's sums, nor for a tape. */
det_status det_conv5_ahead_make(struct det_compute *compute,
                                struct det_conv5_ahead *out,
                                const struct det_conv5_pooling *pooling,
                                int32_t capacity);

/* conv5_x of pooled RoIs, from what was made. */
det_status det_conv5_ahead_pool(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_conv5_ahead *ahead,
                                const struct det_conv5_pooling *pooling,
                                const struct det_roi_batch *rois);

#endif
