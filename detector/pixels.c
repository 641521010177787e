/* SPDX-License-Identifier: MIT */
#include "detector/pixels.h"

enum { MAX_IMAGE_SIDE = 1 << 20 };

int32_t det_pixels_bytes(det_pixel_format format)
{
    switch (format) {
    case DET_PIXEL_RGB8:
    case DET_PIXEL_BGR8:
        return 3;
    case DET_PIXEL_GRAY8:
        return 1;
    case DET_PIXEL_RGBA8:
        return 4;
    }
    return 0;
}

det_status det_pixels_check(const det_pixels *pixels,
                            struct det_message *message)
{
    if (!pixels || !pixels->data)
        return det_fail(message, DET_ERROR_ARGUMENT, "no pixels were given");
    if (pixels->width < 1 || pixels->height < 1 ||
        pixels->width > MAX_IMAGE_SIDE || pixels->height > MAX_IMAGE_SIDE)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "an image of %d x %d pixels; sides of 1 to %d are "
                        "possible",
                        pixels->width, pixels->height, MAX_IMAGE_SIDE);
    const int32_t bytes = det_pixels_bytes(pixels->format);
    if (bytes == 0)
        return det_fail(message, DET_ERROR_ARGUMENT, "pixel format %d",
                        (int)pixels->format);
    if (pixels->stride < (size_t)pixels->width * (size_t)bytes)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a stride of %zu bytes is too short for %d pixels of "
                        "%d bytes",
                        pixels->stride, pixels->width, bytes);
    return DET_OK;
}
