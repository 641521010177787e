/* SPDX-License-Identifier: MIT */
#include "geometry/rle.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_CAPACITY = 64 };

det_status det_rle_count_pixels(uint64_t *out, int32_t width, int32_t height,
                                struct det_message *message)
{
    if (width < 0 || height < 0)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a mask of %d x %d pixels; sizes are not negative",
                        (int)width, (int)height);
    *out = (uint64_t)width * (uint64_t)height;
    if (*out > UINT32_MAX)
        return det_fail(message, DET_ERROR_LIMIT,
                        "a mask of %d x %d pixels; at most %lu are possible",
                        (int)width, (int)height, (unsigned long)UINT32_MAX);
    return DET_OK;
}

void det_rle_destroy(struct det_rle *rle)
{
    if (!rle)
        return;
    free(rle->counts);
    *rle = (struct det_rle){0};
}

det_status det_rle_builder_init(struct det_rle_builder *builder, int32_t width,
                                int32_t height, struct det_message *message)
{
    uint64_t pixels = 0;
    DET_TRY(det_rle_count_pixels(&pixels, width, height, message));
    if (!builder->counts) {
        DET_TRY(det_allocate(&builder->counts, FIRST_CAPACITY,
                             sizeof *builder->counts, message));
        builder->capacity = FIRST_CAPACITY;
    }
    builder->width = width;
    builder->height = height;
    builder->left = pixels;
    builder->counts[0] = 0; /* the first run is of 0s, perhaps none */
    builder->count = 1;
    return DET_OK;
}

static det_status start_run(struct det_rle_builder *builder,
                            struct det_message *message)
{
    if (builder->count == builder->capacity) {
        const size_t capacity = 2 * builder->capacity;
        DET_TRY(det_reallocate(&builder->counts, capacity,
                               sizeof *builder->counts, message));
        builder->capacity = capacity;
    }
    builder->counts[builder->count++] = 0;
    return DET_OK;
}

det_status det_rle_builder_append(struct det_rle_builder *builder, bool value,
                                  uint64_t length, struct det_message *message)
{
    if (length > builder->left)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "a run of %llu pixels, but only %llu of the mask's "
                        "%d x %d are left",
                        (unsigned long long)length,
                        (unsigned long long)builder->left, (int)builder->width,
                        (int)builder->height);
    if (length == 0)
        return DET_OK;
    const bool current = (builder->count & 1) == 0; /* runs 1, 3, ... are 1s */
    if (value != current)
        DET_TRY(start_run(builder, message));
    builder->counts[builder->count - 1] += (uint32_t)length;
    builder->left -= length;
    return DET_OK;
}

det_status det_rle_builder_finish(struct det_rle *out,
                                  struct det_rle_builder *builder,
                                  struct det_message *message)
{
    *out = (struct det_rle){0};
    DET_TRY(det_rle_builder_append(builder, false, builder->left, message));
    const det_mask mask = {.width = builder->width,
                           .height = builder->height,
                           .count = builder->count,
                           .counts = builder->counts};
    return det_rle_copy(out, &mask, message);
}

void det_rle_builder_destroy(struct det_rle_builder *builder)
{
    if (!builder)
        return;
    free(builder->counts);
    *builder = (struct det_rle_builder){0};
}

static det_status append_column(struct det_rle_builder *builder,
                                const uint8_t *column, size_t stride,
                                struct det_message *message)
{
    const size_t height = (size_t)builder->height;
    for (size_t y = 0; y < height;) {
        const bool value = column[y * stride] != 0;
        const size_t start = y;
        while (y < height && (column[y * stride] != 0) == value)
            y++;
        DET_TRY(det_rle_builder_append(builder, value, y - start, message));
    }
    return DET_OK;
}

det_status det_rle_encode(struct det_rle *out, const uint8_t *pixels,
                          size_t stride, int32_t width, int32_t height,
                          struct det_message *message)
{
    *out = (struct det_rle){0};
    struct det_rle_builder builder = {0};
    det_status status = det_rle_builder_init(&builder, width, height, message);
    for (int32_t x = 0; status == DET_OK && x < width; x++)
        status = append_column(&builder, pixels + x, stride, message);
    if (status == DET_OK)
        status = det_rle_builder_finish(out, &builder, message);
    det_rle_builder_destroy(&builder);
    return status;
}

static det_status check_sum(const det_mask *mask, struct det_message *message)
{
    uint64_t left = 0;
    DET_TRY(det_rle_count_pixels(&left, mask->width, mask->height, message));
    for (size_t i = 0; i < mask->count; i++) {
        if (mask->counts[i] > left)
            return det_fail(message, DET_ERROR_FORMAT,
                            "run %zu of a mask goes past the end of its "
                            "%d x %d pixels",
                            i, (int)mask->width, (int)mask->height);
        left -= mask->counts[i];
    }
    if (left != 0)
        return det_fail(message, DET_ERROR_FORMAT,
                        "the runs of a mask of %d x %d pixels leave %llu of "
                        "them out",
                        (int)mask->width, (int)mask->height,
                        (unsigned long long)left);
    return DET_OK;
}

det_status det_rle_copy(struct det_rle *out, const det_mask *mask,
                        struct det_message *message)
{
    *out = (struct det_rle){0};
    DET_TRY(check_sum(mask, message));
    DET_TRY(
        det_allocate(&out->counts, mask->count, sizeof *out->counts, message));
    if (mask->count > 0)
        memcpy(out->counts, mask->counts, mask->count * sizeof *out->counts);
    out->count = mask->count;
    out->width = mask->width;
    out->height = mask->height;
    return DET_OK;
}
