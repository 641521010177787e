/* SPDX-License-Identifier: MIT */
/* The parts of a resized photo that a classifier looks at. */
#ifndef DETECTOR_VIEWS_H
#define DETECTOR_VIEWS_H

#include "compute/compute.h"
#include "detect/classify.h"
#include "detector/preset.h"

enum { DET_MOST_VIEW_SCALES = 16 };

struct det_view_scales {
    int32_t sides[DET_MOST_VIEW_SCALES]; /* shorter ones, pixels */
    size_t count;
};

/* Those that are asked for, or, where `asked` is NULL, the preset's and for
 * DET_VIEWS_FULL the five of He et al. 2015, section 3.4. */
det_status det_view_scales_choose(struct det_view_scales *out,
                                  const struct det_preset *preset,
                                  det_views views, const int32_t *asked,
                                  size_t count, struct det_message *message);

struct det_view_size {
    int32_t h, w; /* pixels */
};

/* The photo's size when its shorter side is `scale`, the longer one rounded
 * down (torchvision transforms/functional.py, resize) but at most 32 times as
 * long. */
struct det_view_size det_view_size_for(int32_t scale, int32_t height,
                                       int32_t width);

/* out [1, size.h, size.w, 3], the caller's: the photo as the preset's networks
 * want it, resized as Pillow does. */
det_status det_view_resize(struct det_compute *compute, struct det_tensor *out,
                           const struct det_preset *preset,
                           const det_pixels *pixels, struct det_view_size size);

/* The corner of a middle part when this many pixels are left over: half of
 * them, rounded to even as Python's round() does. */
int32_t det_view_middle(int32_t room);

/* V: how many of one image at one scale. */
int32_t det_view_count(det_views views);

/* out [images * V, side, side, 3] or, for DET_VIEWS_FULL, [images * V, size.h,
 * size.w, 3], of the host's memory... */
det_status det_views_take(struct det_compute *compute, struct det_tensor *out,
                          int32_t images, det_views views,
                          struct det_view_size size, int32_t side);

/* ...which gets the views of image `index` from `image`, [1, H, W, 3]. */
det_status det_views_copy(struct det_compute *compute,
                          const struct det_tensor *out, int32_t index,
                          const struct det_tensor *image, det_views views);

/* Both for one image: out, [V, side, side, 3] or, for DET_VIEWS_FULL, [V, H, W,
 * 3], is taken from the arena and moved to the device; `image`, [1, H, W, 3]
 * with sides of at least `side`, stays. */
det_status det_views_cut(struct det_compute *compute, struct det_tensor *out,
                         const struct det_tensor *image, det_views views,
                         int32_t side);

#endif
