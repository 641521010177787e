/* SPDX-License-Identifier: MIT */
#include "image/png_stream.h"

#include <stdio.h>
#include <string.h>

static void on_error(png_structp png, png_const_charp text)
{
    struct det_png_stream *stream = png_get_error_ptr(png);
    snprintf(stream->text, sizeof stream->text, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text; /* harmless: ancillary chunks */
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    struct det_png_stream *stream = png_get_io_ptr(png);
    if (size > stream->size - stream->at)
        png_error(png, "the file ends too early");
    memcpy(out, stream->data + stream->at, size);
    stream->at += size;
}

png_structp det_png_stream_open(struct det_png_stream *stream,
                                const uint8_t *data, size_t size)
{
    *stream = (struct det_png_stream){.data = data, .size = size};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, stream,
                                             on_error, on_warning);
    if (!png)
        return NULL;
    png_set_read_fn(png, stream, on_read);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    return png;
}
