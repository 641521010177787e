/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a picture.  Traps when what was accepted has no pixels, more of
 * them than allowed, or bytes that cannot be read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "image/image.h"

enum { MAX_PIXELS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct det_message message = {0};
    struct det_image *image = NULL;
    if (det_image_decode(&image, data, size, MAX_PIXELS, &message) != DET_OK) {
        if (image || message.text[0] == '\0')
            __builtin_trap();
        return 0;
    }
    const det_pixels pixels = det_image_pixels(image);
    if (pixels.width < 1 || pixels.height < 1 ||
        (int64_t)pixels.width * pixels.height > MAX_PIXELS)
        __builtin_trap();
    uint64_t sum = 0, most = (uint64_t)pixels.width * pixels.height * 3 * 255;
    for (int32_t y = 0; y < pixels.height; y++)
        for (size_t i = 0; i < (size_t)pixels.width * 3; i++)
            sum += pixels.data[(size_t)y * pixels.stride + i];
    if (sum > most)
        __builtin_trap();
    det_image_destroy(&image);
    return 0;
}
