/* SPDX-License-Identifier: MIT */
/* Where the places of feature maps lie in the image, by a preset's rules. */
#ifndef DETECTOR_FEATURE_PLACES_H
#define DETECTOR_FEATURE_PLACES_H

#include "backbone/backbone.h"
#include "detector/input_size.h"
#include "detector/preset.h"
#include "roi/roi_features.h"
#include "rpn/anchors.h"

struct det_anchor_stride
det_anchor_stride_of(const struct det_preset *preset,
                     const struct det_feature_maps *features, int level,
                     const struct det_input_size *size);

/* The maps that RoIs are pooled from: P2..P5, not P6; the one map of C4 and
 * DC5.  `height` is that of the (tallest) resized image without padding. */
struct det_roi_maps det_roi_maps_of(const struct det_preset *preset,
                                    const struct det_feature_maps *features,
                                    int32_t height);

#endif
