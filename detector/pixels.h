/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_PIXELS_H
#define DETECTOR_PIXELS_H

#include "base/message.h"

/* DET_ERROR_ARGUMENT says what is wrong with a caller's pixels. */
det_status det_pixels_check(const det_pixels *pixels,
                            struct det_message *message);

/* Of one pixel; 0: there is no such format. */
int32_t det_pixels_bytes(det_pixel_format format);

#endif
