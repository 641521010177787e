/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_RESIZE_IMAGE_H
#define TRAIN_RESIZE_IMAGE_H

#include "base/message.h"

/* Pixels of another size, [height, width, 3] RGB bytes, as Pillow's bilinear
 * makes them.  Returned with free(). */
det_status det_resize_image(uint8_t **out, const det_pixels *pixels,
                            int32_t height, int32_t width,
                            struct det_message *message);

#endif
