/* SPDX-License-Identifier: MIT */
#include "eval/crop.h"

#include <stdlib.h>

#include "base/memory.h"
#include "image/jpeg_write.h"

void det_crop_size(const struct det_region *region, int32_t *width,
                   int32_t *height)
{
    const int64_t w = region->w, h = region->h;
    const int64_t longest = w > h ? w : h;
    *width = region->w;
    *height = region->h;
    if (longest <= DET_CROP_SIDE)
        return;
    *width = (int32_t)((w * DET_CROP_SIDE + longest / 2) / longest);
    *height = (int32_t)((h * DET_CROP_SIDE + longest / 2) / longest);
    *width += *width == 0;
    *height += *height == 0;
}

/* Pixels [begin, end) that cell `at` of `cells` covers. */
struct span {
    int64_t begin, end;
};

static struct span span_of(int32_t at, int32_t cells, int32_t from,
                           int32_t length)
{
    const struct span span = {from + (int64_t)at * length / cells,
                              from + ((int64_t)at + 1) * length / cells};
    return span;
}

static void average(uint8_t out[3], const det_pixels *pixels, struct span xs,
                    struct span ys)
{
    uint64_t sums[3] = {0};
    const uint64_t count =
        (uint64_t)(xs.end - xs.begin) * (uint64_t)(ys.end - ys.begin);
    for (int64_t y = ys.begin; y < ys.end; y++) {
        const uint8_t *row = pixels->data + (size_t)y * pixels->stride;
        for (int64_t x = xs.begin; x < xs.end; x++)
            for (int i = 0; i < 3; i++)
                sums[i] += row[3 * x + i];
    }
    for (int i = 0; i < 3; i++)
        out[i] = (uint8_t)((sums[i] + count / 2) / count);
}

det_status det_crop_jpeg(uint8_t **data, size_t *size, const det_pixels *pixels,
                         const struct det_region *region,
                         struct det_message *message)
{
    int32_t width, height;
    uint8_t *small;
    det_crop_size(region, &width, &height);
    *data = NULL;
    DET_TRY(det_allocate(&small, (size_t)width * (size_t)height, 3, message));
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++)
            average(small + 3 * ((size_t)y * (size_t)width + (size_t)x), pixels,
                    span_of(x, width, region->x, region->w),
                    span_of(y, height, region->y, region->h));
    const det_pixels crop = {.data = small,
                             .width = width,
                             .height = height,
                             .stride = (size_t)width * 3,
                             .format = DET_PIXEL_RGB8};
    const det_status status =
        det_jpeg_encode(data, size, &crop, DET_CROP_QUALITY, message);
    free(small);
    return status;
}
