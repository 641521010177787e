/* SPDX-License-Identifier: MIT */
/*
 * Global context: the whole image goes through the layers of a region, and what
 * comes out stands beside each region's features before the two classifiers.
 *
 * Source: He et al. 2015, appendix B, "Global context": "we pool a feature by
 * global Spatial Pyramid Pooling (with a single-level pyramid) which can be
 * implemented as RoI pooling using the entire image's bounding box as the RoI.
 * This pooled feature is fed into the post-RoI layers".
 */
#ifndef DETECTOR_IMAGE_CONTEXT_H
#define DETECTOR_IMAGE_CONTEXT_H

#include "detector/roi_source.h"

/* out, [N, 1, 1, C], of images of `sizes` [N], pixels of the maps' image; is
 * taken from the arena.  Nothing where the network has no context. */
det_status det_image_context(struct det_compute *compute,
                             struct det_tensor *out,
                             const struct det_roi_source *source,
                             const struct det_extent *sizes, int32_t count);

/* *vectors, [R, 1, 1, C], become [R, 1, 1, 2 C]: theirs, then those of their
 * image.  `images` [R] as in struct det_roi_batch. */
det_status det_image_context_join(struct det_compute *compute,
                                  struct det_tensor *vectors,
                                  const struct det_tensor *context,
                                  const int32_t *images);

#endif
