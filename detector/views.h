/* SPDX-License-Identifier: MIT */
/* The parts of a resized photo that a classifier looks at. */
#ifndef DETECTOR_VIEWS_H
#define DETECTOR_VIEWS_H

#include "compute/compute.h"
#include "detect/classify.h"

struct det_view_size {
    int32_t h, w; /* pixels */
};

/* The photo's size when its shorter side is `scale`, the longer one rounded
 * down (torchvision transforms/functional.py, resize) but at most 32 times as
 * long. */
struct det_view_size det_view_size_for(int32_t scale, int32_t height,
                                       int32_t width);

/* out, [V, side, side, 3] or, for DET_VIEWS_FULL, [2, H, W, 3], is taken from
 * the arena; `image`, [1, H, W, 3] with sides of at least `side`, stays. */
det_status det_views_cut(struct det_compute *compute, struct det_tensor *out,
                         const struct det_tensor *image, det_views views,
                         int32_t side);

#endif
