/* SPDX-License-Identifier: MIT */
#include "train/crop.h"

#include <string.h>

void det_crop_pixels(uint8_t *out, const struct det_crop *crop,
                     const uint8_t *in, int32_t height, int32_t width)
{
    for (int32_t row = 0; row < crop->height; row++)
        for (int32_t column = 0; column < crop->width; column++, out += 3) {
            const int32_t y = crop->y + row;
            const int32_t x =
                crop->x + (crop->mirrored ? crop->width - 1 - column : column);
            const bool inside = y >= 0 && y < height && x >= 0 && x < width;
            memcpy(out, inside ? in + ((int64_t)y * width + x) * 3 : crop->fill,
                   3);
        }
}
