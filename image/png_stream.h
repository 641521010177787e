/* SPDX-License-Identifier: MIT */
/* libpng reading from memory; it keeps the text of its first error and says
 * nothing. */
#ifndef IMAGE_PNG_STREAM_H
#define IMAGE_PNG_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include <png.h>

struct det_png_stream {
    const uint8_t *data;
    size_t size, at; /* next byte */
    char text[128];  /* of the error */
};

/* A reader of `stream`, which it refers to, and of nothing but whole, sound
 * chunks; NULL when there is no memory.  Errors jump to png_jmpbuf. */
png_structp det_png_stream_open(struct det_png_stream *stream,
                                const uint8_t *data, size_t size);

#endif
