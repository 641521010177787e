/* SPDX-License-Identifier: MIT */
/* Cutting a rectangle out of a picture, mirrored if wanted. */
#ifndef TRAIN_CROP_H
#define TRAIN_CROP_H

#include <stdbool.h>
#include <stdint.h>

struct det_crop {
    int32_t y, x, height, width; /* in the picture; may hang over */
    bool mirrored;               /* left and right exchanged, after cutting */
    uint8_t fill[3];             /* where it hangs over */
};

/* out [crop->height, crop->width, 3] of in [height, width, 3]. */
void det_crop_pixels(uint8_t *out, const struct det_crop *crop,
                     const uint8_t *in, int32_t height, int32_t width);

#endif
