/* SPDX-License-Identifier: MIT */
/* Decode what an input names. */
#ifndef APPS_INPUT_IMAGE_H
#define APPS_INPUT_IMAGE_H

#include "apps/inputs.h"
#include "detect/detect.h"

/* For messages. */
const char *input_name(const struct input *input);

/* Message kept by `context`. */
det_status input_load(det_image **out, det_context *context,
                      const struct input *input,
                      const det_image_options *options);

#endif
