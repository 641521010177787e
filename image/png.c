/* SPDX-License-Identifier: MIT */
/* PNG by libpng: every depth and colour type to 8-bit RGB, laid on white. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "image/exif.h"
#include "image/image.h"
#include "image/png_stream.h"

enum {
    MAX_SIDE = 1 << 20,
    MAX_CHUNK_BYTES = 8 << 20, /* of text, profiles and the like */
    MAX_CHUNKS = 1000
};

struct decoder {
    png_structp png;
    png_infop info;
    const struct det_encoded *encoded;
    struct det_png_stream stream;
    uint8_t *rgba;    /* whole picture while there is alpha */
    png_bytep *rows;
};

/* ----------------------------------------------------------------- transforms */

/* 16 bits are cut to their upper 8, as Pillow's "RGB" reading does. */
static void set_transforms(const struct decoder *d)
{
    png_set_expand(d->png); /* palette, 1..4 bit grey, tRNS */
    png_set_strip_16(d->png);
    png_set_gray_to_rgb(d->png);
    png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
}

static uint8_t over_white(uint8_t value, uint8_t alpha)
{
    const int sum = value * alpha + 255 * (255 - alpha);
    return (uint8_t)((sum + 127) / 255);
}

static void lay_on_white(struct det_image *image, const uint8_t *rgba)
{
    const size_t pixels =
        (size_t)image->pixels.width * (size_t)image->pixels.height;
    uint8_t *out = image->data;
    for (size_t i = 0; i < pixels; i++, rgba += 4)
        for (int c = 0; c < 3; c++)
            *out++ = over_white(rgba[c], rgba[3]);
}

/* ------------------------------------------------------------------- decoding */

static int read_orientation(const struct decoder *d)
{
    png_bytep exif;
    png_uint_32 size;
    if (!png_get_eXIf_1(d->png, d->info, &size, &exif))
        return 1;
    return det_exif_orientation(exif, size);
}

static det_status read_header(struct decoder *d, struct det_image *image)
{
    png_set_user_limits(d->png, MAX_SIDE, MAX_SIDE);
    png_set_chunk_malloc_max(d->png, MAX_CHUNK_BYTES);
    png_set_chunk_cache_max(d->png, MAX_CHUNKS);
    png_read_info(d->png, d->info);
    return det_image_allocate(
        image, png_get_image_width(d->png, d->info),
        png_get_image_height(d->png, d->info), d->encoded);
}

/* Rows of `target`, which is `channels` bytes a pixel. */
static det_status point_rows(struct decoder *d, uint8_t *target,
                             const struct det_image *image, size_t channels)
{
    const size_t height = (size_t)image->pixels.height;
    DET_TRY(det_allocate(&d->rows, height, sizeof *d->rows,
                         d->encoded->message));
    for (size_t y = 0; y < height; y++)
        d->rows[y] = target + y * (size_t)image->pixels.width * channels;
    return DET_OK;
}

static det_status prepare_rows(struct decoder *d, struct det_image *image)
{
    const size_t channels = png_get_channels(d->png, d->info);
    if (channels == 3)
        return point_rows(d, image->data, image, 3);
    if (channels != 4)
        return det_fail(d->encoded->message, DET_ERROR_FORMAT,
                        "broken PNG: %zu channels", channels);
    DET_TRY(det_allocate(&d->rgba, (size_t)image->pixels.width,
                         (size_t)image->pixels.height * 4,
                         d->encoded->message));
    return point_rows(d, d->rgba, image, 4);
}

/* Everything that may jump; what it allocates hangs on the decoder. */
static det_status decode(struct decoder *d, struct det_image *image,
                         int *orientation)
{
    if (setjmp(png_jmpbuf(d->png)))
        return det_fail(d->encoded->message, DET_ERROR_FORMAT,
                        "broken PNG: %s", d->stream.text);
    DET_TRY(read_header(d, image));
    set_transforms(d);
    DET_TRY(prepare_rows(d, image));
    png_read_image(d->png, d->rows);
    png_read_end(d->png, d->info);
    *orientation = read_orientation(d);
    if (d->rgba)
        lay_on_white(image, d->rgba);
    return DET_OK;
}

static det_status create_decoder(struct decoder *d)
{
    d->png = det_png_stream_open(&d->stream, d->encoded->data,
                                 d->encoded->size);
    d->info = d->png ? png_create_info_struct(d->png) : NULL;
    return d->info ? DET_OK
                   : det_fail_memory(d->encoded->message, sizeof *d);
}

det_status det_png_decode(struct det_image *image, int *orientation,
                          const struct det_encoded *encoded)
{
    struct decoder *d;
    DET_TRY(det_allocate(&d, 1, sizeof *d, encoded->message));
    d->encoded = encoded;
    det_status status = create_decoder(d);
    if (status == DET_OK)
        status = decode(d, image, orientation);
    png_destroy_read_struct(&d->png, &d->info, NULL);
    free(d->rgba);
    free(d->rows);
    free(d);
    return status;
}
