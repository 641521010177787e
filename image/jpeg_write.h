/* SPDX-License-Identifier: MIT */
/* Pixels to a JPEG file in memory. */
#ifndef IMAGE_JPEG_WRITE_H
#define IMAGE_JPEG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* `pixels` are DET_PIXEL_RGB8, `quality` is 1..100.  *data is returned with
 * free(), NULL on failure. */
det_status det_jpeg_encode(uint8_t **data, size_t *size,
                           const det_pixels *pixels, int quality,
                           struct det_message *message);

#endif
