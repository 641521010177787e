/* SPDX-License-Identifier: MIT */
/* The way of photos to feature maps: resized and sent through a backbone, at
 * the RPN's scale and at those that RoIs are pooled from. */
#ifndef DETECTOR_TRUNK_H
#define DETECTOR_TRUNK_H

#include "compute/compute.h"
#include "detector/input_size.h"
#include "detector/network.h"
#include "detector/settings.h"

enum { DET_TRUNK_SIZES = 1 + DET_MAX_LEVELS };

/* sizes[0] is the RPN's, in whose pixels RoIs are; a scale of the same size is
 * not computed twice. */
struct det_trunk_sizes {
    int count;
    struct det_input_size sizes[DET_TRUNK_SIZES];
    int of_scale[DET_MAX_LEVELS]; /* index into sizes */
    bool mirrored;                /* left and right, as are the RoIs */
};

struct det_trunk {
    struct det_tensor images[DET_TRUNK_SIZES]; /* [N, H, W, 3] */
    struct det_feature_maps features[DET_TRUNK_SIZES];
    int32_t tallest; /* resized photo's height */
};

/* Of a photo of height x width pixels.  At another scale than the preset's
 * min_size, max_size changes with it. */
void det_trunk_sizes_for(struct det_trunk_sizes *out,
                         const struct det_settings *settings, int32_t height,
                         int32_t width);

/* Photos of one batch are padded to the largest (torchvision transform.py
 * batch_images, Detectron2 ImageList.from_tensors): `sizes` becomes no smaller
 * than `other`. */
void det_trunk_sizes_widen(struct det_trunk_sizes *sizes,
                           const struct det_trunk_sizes *other);

/* Take trunk->images from the arena, for `count` photos that are padded
 * alike... */
det_status det_trunk_take(struct det_compute *compute, struct det_trunk *trunk,
                          const struct det_trunk_sizes *sizes, int32_t count);

/* ...which each photo is written to... */
det_status det_trunk_resize(struct det_compute *compute,
                            struct det_trunk *trunk, int32_t index,
                            const struct det_settings *settings,
                            const struct det_trunk_sizes *sizes,
                            const det_pixels *pixels);

/* ...and which become trunk->features. */
det_status det_trunk_forward(struct det_compute *compute,
                             struct det_trunk *trunk,
                             const struct det_backbone *backbone,
                             const struct det_trunk_sizes *sizes);

/* What RoIs of one photo are pooled from. */
struct det_roi_maps det_trunk_roi_maps(const struct det_trunk *trunk,
                                       int32_t index,
                                       const struct det_settings *settings,
                                       const struct det_trunk_sizes *sizes);

#endif
