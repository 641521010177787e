/* SPDX-License-Identifier: MIT */
#ifndef APPS_IMAGE_IDS_H
#define APPS_IMAGE_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/inputs.h"

/* A number for each input, all different, as COCO results need: the one the
 * file is named by ("000000000139.jpg" is 139), else the next of 1, 2, 3...
 * that no file is named by.  Of several files with one number the first keeps
 * it.  False when out of memory; *out is returned with free(). */
bool image_ids_assign(int64_t **out, const struct inputs *inputs);

#endif
