/* SPDX-License-Identifier: MIT */
/* The public functions on masks; det_mask_text is in rle_text.c. */
#include <stdbool.h>
#include <string.h>

#include "detect/detect.h"

uint64_t det_mask_area(const det_mask *mask)
{
    uint64_t area = 0;
    for (size_t i = 1; mask && i < mask->count; i += 2)
        area += mask->counts[i];
    return area;
}

/* The runs fill the mask exactly; a caller may have made it by hand. */
static bool is_complete(const det_mask *mask)
{
    if (mask->width < 0 || mask->height < 0 ||
        (mask->count > 0 && !mask->counts))
        return false;
    uint64_t left = (uint64_t)mask->width * (uint64_t)mask->height;
    for (size_t i = 0; i < mask->count; i++) {
        if (mask->counts[i] > left)
            return false;
        left -= mask->counts[i];
    }
    return left == 0;
}

/* Set `length` pixels down the columns from pixel number `first`. */
static void fill_run(uint8_t *out, size_t stride, uint64_t first,
                     uint64_t length, uint64_t height)
{
    uint64_t x = first / height;
    uint64_t y = first % height;
    while (length > 0) {
        const uint64_t rows = length < height - y ? length : height - y;
        uint8_t *pixel = out + y * stride + x;
        for (uint64_t i = 0; i < rows; i++)
            pixel[i * stride] = 1;
        length -= rows;
        y = 0;
        x++;
    }
}

det_status det_mask_decode(const det_mask *mask, uint8_t *out, size_t stride)
{
    if (!mask || !is_complete(mask))
        return DET_ERROR_ARGUMENT;
    if (mask->width == 0 || mask->height == 0)
        return DET_OK;
    if (!out || stride < (size_t)mask->width)
        return DET_ERROR_ARGUMENT;
    const size_t height = (size_t)mask->height;
    for (size_t y = 0; y < height; y++)
        memset(out + y * stride, 0, (size_t)mask->width);
    uint64_t position = 0;
    for (size_t i = 0; i < mask->count; i++) {
        if (i % 2 == 1)
            fill_run(out, stride, position, mask->counts[i], height);
        position += mask->counts[i];
    }
    return DET_OK;
}
