/* SPDX-License-Identifier: MIT */
#ifndef APPS_TAG_H
#define APPS_TAG_H

#include <cairo.h>
#include <stdbool.h>

#include "apps/overlay.h"

/* Write class names and scores at the boxes: inside the picture, moved apart
 * where there is room.  One that would be mostly under those of better
 * detections is left out, and all are when the picture is too small to hold
 * text.  False when out of memory. */
bool tags_draw(cairo_t *cairo, const struct overlay_scene *scene,
               double font_size);

#endif
