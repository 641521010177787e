/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_LOAD_IMAGE_H
#define DETECTOR_LOAD_IMAGE_H

#include "base/message.h"

/* The caller's options, or the defaults when there are none. */
det_status det_image_options_read(det_image_options *out,
                                  const det_image_options *options,
                                  struct det_message *message);

#endif
