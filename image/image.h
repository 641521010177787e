/* SPDX-License-Identifier: MIT */
/* Picture files -> upright 8-bit RGB.  The kind is recognised by content. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"

struct det_image {
    det_pixels pixels; /* DET_PIXEL_RGB8, rows without gaps */
    uint8_t *data;     /* owned; what pixels points to */
};

/* Decode a whole file in memory.  More than `max_pixels` pixels, known from
 * the header before anything is allocated, are DET_ERROR_LIMIT; broken and
 * truncated pictures are DET_ERROR_FORMAT: a picture with a grey lower half
 * would give answers that look right. */
det_status det_image_decode(struct det_image **out, const void *data,
                            size_t size, uint64_t max_pixels,
                            struct det_message *message);

/* Messages begin with the path. */
det_status det_image_read_file(struct det_image **out, const char *path,
                               uint64_t max_pixels,
                               struct det_message *message);

det_status det_image_read_stream(struct det_image **out, det_read_fn read,
                                 void *user, uint64_t max_pixels,
                                 struct det_message *message);

/* A picture whose red, green and blue planes, [3, height, width], are in
 * memory. */
det_status det_image_from_planes(struct det_image **out, const uint8_t *planes,
                                 int32_t width, int32_t height,
                                 struct det_message *message);

/* ------------------------------------------------------------- the decoders */

/* Encoded bytes and what the decoders share. */
struct det_encoded {
    const uint8_t *data;
    size_t size;
    uint64_t max_pixels;
    struct det_message *message;
};

/* Fill in a zeroed image; on failure it may hold memory, which the caller
 * frees.  *orientation is Exif's 1..8, 1 when there is none. */
det_status det_jpeg_decode(struct det_image *image, int *orientation,
                           const struct det_encoded *encoded);
det_status det_png_decode(struct det_image *image, int *orientation,
                          const struct det_encoded *encoded);

/* Check the size against the limit and take memory for width * height RGB
 * pixels. */
det_status det_image_allocate(struct det_image *image, uint32_t width,
                              uint32_t height,
                              const struct det_encoded *encoded);

#endif
