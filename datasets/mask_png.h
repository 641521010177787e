/* SPDX-License-Identifier: MIT */
/* A mask as LabelMe keeps it: the part of it within a box, as a PNG, as
 * base64 text. */
#ifndef DATASETS_MASK_PNG_H
#define DATASETS_MASK_PNG_H

#include <stdio.h>

#include "geometry/rle.h"

/* The text of the part within `box`, which lies in the mask and is not empty.
 * Errors of writing are those of the stream. */
det_status det_mask_png_put(FILE *out, const struct det_rle *mask,
                            const struct det_rle_box *box,
                            struct det_message *message);

/* From base64 text [size], whose picture's first pixel is at (left, top) of a
 * mask of width x height; what lies outside of it is dropped.  Pixels that are
 * not black are foreground.  DET_ERROR_FORMAT, DET_ERROR_LIMIT: "<what>". */
det_status det_mask_png_take(struct det_rle *out, const char *text, size_t size,
                             int32_t left, int32_t top, int32_t width,
                             int32_t height, struct det_message *message);

#endif
