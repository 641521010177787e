/* SPDX-License-Identifier: MIT */
/* Pool RoIs from the shared feature maps. */
#ifndef ROI_ROI_FEATURES_H
#define ROI_ROI_FEATURES_H

#include "compute/conv_layer.h"
#include "roi/roi_levels.h"

struct det_roi_config {
    enum det_roi_kind kind;
    bool aligned;     /* see det_roi_features */
    int32_t sampling; /* see det_roi_features */
    enum det_level_rule level_rule;
};

/* The maps that RoIs are pooled from: a pyramid's, finest first, or the same
 * map at several scales of the image, smallest first (roi/scale_pair.h). */
struct det_roi_maps {
    int count;
    struct det_tensor maps[DET_MAX_LEVELS];
    float scales[DET_MAX_LEVELS]; /* map places per image pixel; of a pyramid
                                     powers of 1/2 */
    bool of_scales;
    float factors[DET_MAX_LEVELS]; /* of scales: how many times as large the
                                      image is there */
};

/* A run of RoIs; `capacity` is what `count` may be at most for images of this
 * size, which is what memory is taken for. */
struct det_roi_batch {
    const struct det_box *boxes; /* [count], image pixels */
    const int32_t *images;       /* [count] of the maps; NULL: all image 0 */
    const int32_t *maps; /* [count], whose map; NULL: by the level rule */
    int32_t count, capacity;
};

/* out, [count, side, side, C], is taken from the arena. */
det_status det_roi_features_pool(struct det_compute *compute,
                                 struct det_tensor *out,
                                 const struct det_roi_config *config,
                                 const struct det_roi_maps *maps,
                                 const struct det_roi_batch *rois,
                                 int32_t side);

/* Like `layer`, a 1x1 convolution, of what RoIAlign pools from the maps that
 * are given to the layer, but pooled from its bare sums there (det_conv_layer_
 * sums), which `maps` are.  Bins that the layer's stride leaves out are not
 * made: [count, side/stride, side/stride, K]. */
det_status det_roi_features_pool_sums(struct det_compute *compute,
                                      struct det_tensor *out,
                                      const struct det_roi_config *config,
                                      const struct det_roi_maps *maps,
                                      const struct det_roi_batch *rois,
                                      int32_t side,
                                      const struct det_conv_layer *layer);

#endif
