/* SPDX-License-Identifier: MIT */
/* Size of the network's input for a photo. */
#ifndef DETECTOR_INPUT_SIZE_H
#define DETECTOR_INPUT_SIZE_H

#include "detector/settings.h"

struct det_input_size {
    int32_t resized_h, resized_w; /* the photo, scaled */
    int32_t padded_h, padded_w;   /* what the network sees */
    double factor; /* resized pixels per pixel of the photo where the rule has
                      one for both axes; 0: each axis has its own */
};

/* min_size for the shorter side, unless the longer one would pass max_size.
 * Sides are at least 1. */
struct det_input_size det_input_size_for(const struct det_settings *settings,
                                         int32_t height, int32_t width);

/* The same at another shorter side than the preset's min_size; max_size changes
 * with it. */
struct det_input_size det_input_size_at(const struct det_settings *settings,
                                        int32_t scale, int32_t height,
                                        int32_t width);

/* The settings with that shorter side. */
struct det_settings det_settings_at(const struct det_settings *settings,
                                    int32_t scale);

/* Pixels of the photo per pixel of the resized one, by axis (float32, as
 * torchvision's resize_boxes and Detectron2's detector_postprocess). */
struct det_photo_ratio {
    float x, y;
};

struct det_photo_ratio det_photo_ratio_of(const struct det_input_size *size,
                                          int32_t height, int32_t width);

/* Where boxes are clipped in an image of this size. */
struct det_extent det_clip_extent(const struct det_settings *settings,
                                  int32_t width, int32_t height);

#endif
