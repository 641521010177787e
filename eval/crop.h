/* SPDX-License-Identifier: MIT */
/* A small picture of a part of an image. */
#ifndef EVAL_CROP_H
#define EVAL_CROP_H

#include <stddef.h>

#include "eval/outline.h"

enum { DET_CROP_SIDE = 160, DET_CROP_QUALITY = 82 };

/* The size of a region's picture: at most DET_CROP_SIDE on each side, never
 * larger than the region. */
void det_crop_size(const struct det_region *region, int32_t *width,
                   int32_t *height);

/* A JPEG of `region`, which lies in `pixels` (DET_PIXEL_RGB8); each pixel is
 * the mean of those it covers.  *data is returned with free(). */
det_status det_crop_jpeg(uint8_t **data, size_t *size, const det_pixels *pixels,
                         const struct det_region *region,
                         struct det_message *message);

#endif
