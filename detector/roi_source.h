/* SPDX-License-Identifier: MIT */
/* Where RoIs get their features from: one network's maps of the image, and the
 * layers that belong to each RoI. */
#ifndef DETECTOR_ROI_SOURCE_H
#define DETECTOR_ROI_SOURCE_H

#include "detector/conv5_ahead.h"
#include "detector/network.h"
#include "detector/settings.h"

struct det_roi_source {
    const struct det_network *network;
    const struct det_settings *settings;
    struct det_roi_maps maps;
    struct det_tensor context; /* [N, 1, 1, C] of the images, where the network
                                  has it (detector/image_context.h) */
    struct det_conv5_ahead ahead; /* of C4; not made: conv5_x is behind the
                                     pooling altogether */
};

/* Several networks that look at the same RoIs. */
struct det_roi_sources {
    const struct det_roi_source *items; /* [count], count >= 1 */
    int count;
};

/* Does once for the image what all runs of RoIs would do, where that is less
 * work for `capacity` RoIs of side x side bins.  The memory is kept. */
det_status det_roi_source_prepare(struct det_compute *compute,
                                  struct det_roi_source *source, int32_t side,
                                  int32_t capacity);

/* Pooled features of RoIs, [count, side, side, C]; with C4, conv5_x has been
 * applied.  From maps of several scales, each RoI takes the maximum of two
 * (roi/scale_pair.h): after conv5_x with C4, unless the settings say merges_
 * pooled; else of what was pooled. */
det_status det_roi_source_features(struct det_compute *compute,
                                   struct det_tensor *out,
                                   const struct det_roi_source *source,
                                   const struct det_roi_batch *rois,
                                   int32_t side);

#endif
