/* SPDX-License-Identifier: MIT */
#include "datasets/voc_masks.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "image/png_stream.h"

enum { BORDER = 255 };

/* A picture's indices, one byte each. */
struct decoder {
    png_structp png;
    png_infop info;
    struct det_png_stream stream;
    int32_t width, height; /* as the annotation says */
    uint8_t *indices;      /* [height, width] */
    png_bytep *rows;
    struct det_message *message;
};

static det_status check_kind(const struct decoder *d)
{
    const png_byte kind = png_get_color_type(d->png, d->info);
    if ((kind != PNG_COLOR_TYPE_PALETTE && kind != PNG_COLOR_TYPE_GRAY) ||
        png_get_bit_depth(d->png, d->info) > 8)
        return det_fail(d->message, DET_ERROR_DATASET,
                        "not a picture of palette indices");
    if (png_get_image_width(d->png, d->info) != (png_uint_32)d->width ||
        png_get_image_height(d->png, d->info) != (png_uint_32)d->height)
        return det_fail(d->message, DET_ERROR_DATASET,
                        "a picture of %u x %u pixels, the annotation says "
                        "%d x %d",
                        png_get_image_width(d->png, d->info),
                        png_get_image_height(d->png, d->info), d->width,
                        d->height);
    return DET_OK;
}

static det_status make_room(struct decoder *d)
{
    const size_t width = (size_t)d->width, height = (size_t)d->height;
    DET_TRY(det_allocate(&d->indices, width, height, d->message));
    DET_TRY(det_allocate(&d->rows, height, sizeof *d->rows, d->message));
    for (size_t y = 0; y < height; y++)
        d->rows[y] = d->indices + y * width;
    return DET_OK;
}

/* Everything that may jump; what it allocates hangs on the decoder. */
static det_status decode(struct decoder *d)
{
    if (setjmp(png_jmpbuf(d->png)))
        return det_fail(d->message, DET_ERROR_DATASET, "broken PNG: %s",
                        d->stream.text);
    png_read_info(d->png, d->info);
    DET_TRY(check_kind(d));
    png_set_packing(d->png); /* 1, 2 and 4 bits to bytes */
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    DET_TRY(make_room(d));
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
    return DET_OK;
}

/* ---------------------------------------------------------------------- masks
 */

static det_status take_one(struct decoder *d, struct det_dataset *dataset,
                           struct det_annotation *a, int index)
{
    const size_t pixels = (size_t)d->width * (size_t)d->height;
    uint8_t *chosen;
    struct det_rle mask;
    if (index >= BORDER || !memchr(d->indices, index, pixels))
        return DET_OK;
    DET_TRY(det_allocate(&chosen, pixels, 1, d->message));
    for (size_t i = 0; i < pixels; i++)
        chosen[i] = d->indices[i] == index;
    det_status status = det_rle_encode(&mask, chosen, (size_t)d->width,
                                       d->width, d->height, d->message);
    free(chosen);
    DET_TRY(status);
    const det_mask view = det_rle_view(&mask);
    a->area = (double)det_mask_area(&view);
    status = det_segmentation_keep(&a->segmentation, &dataset->texts, &view,
                                   d->message);
    det_rle_destroy(&mask);
    return status;
}

static det_status take_all(struct decoder *d, struct det_dataset *dataset,
                           size_t count)
{
    struct det_annotation *objects =
        dataset->annotations + (dataset->num_annotations - count);
    for (size_t i = 0; i < count && i + 1 < BORDER; i++)
        DET_TRY(take_one(d, dataset, &objects[i], (int)i + 1));
    return DET_OK;
}

det_status det_voc_masks_take(struct det_dataset *dataset, size_t count,
                              const uint8_t *png, size_t size, int32_t width,
                              int32_t height, struct det_message *message)
{
    struct decoder *d;
    uint64_t pixels;
    DET_TRY(det_rle_count_pixels(&pixels, width, height, message));
    if (pixels == 0)
        return det_fail(message, DET_ERROR_DATASET,
                        "the annotation has no <size>");
    DET_TRY(det_allocate(&d, 1, sizeof *d, message));
    *d = (struct decoder){.width = width, .height = height, .message = message};
    d->png = det_png_stream_open(&d->stream, png, size);
    d->info = d->png ? png_create_info_struct(d->png) : NULL;
    det_status status =
        d->info ? decode(d) : det_fail_memory(message, sizeof *d);
    if (status == DET_OK)
        status = take_all(d, dataset, count);
    png_destroy_read_struct(&d->png, &d->info, NULL);
    free(d->indices);
    free(d->rows);
    free(d);
    return status;
}
