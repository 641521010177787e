/* SPDX-License-Identifier: MIT */
#include "detector/region.h"

#include <math.h>

#include "detector/pixels.h"

const struct det_delta_coder det_region_coder = {
    .weights = {10.0f, 10.0f, 5.0f, 5.0f}, .size_limit = DET_DELTA_SIZE_LIMIT};

struct det_box det_region_box(struct det_box box, const det_pixels *pixels)
{
    const float w = (float)pixels->width, h = (float)pixels->height;
    box.x1 = fminf(fmaxf(floorf(box.x1), 0.0f), w - 1.0f);
    box.y1 = fminf(fmaxf(floorf(box.y1), 0.0f), h - 1.0f);
    box.x2 = fminf(fmaxf(ceilf(box.x2), box.x1 + 1.0f), w);
    box.y2 = fminf(fmaxf(ceilf(box.y2), box.y1 + 1.0f), h);
    return box;
}

det_pixels det_region_pixels(const det_pixels *pixels, struct det_box region)
{
    det_pixels part = *pixels;
    part.data += (size_t)region.y1 * pixels->stride +
                 (size_t)region.x1 * (size_t)det_pixels_bytes(pixels->format);
    part.width = (int32_t)(region.x2 - region.x1);
    part.height = (int32_t)(region.y2 - region.y1);
    return part;
}
