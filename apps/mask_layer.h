/* SPDX-License-Identifier: MIT */
#ifndef APPS_MASK_LAYER_H
#define APPS_MASK_LAYER_H

#include <cairo.h>
#include <stdbool.h>

#include "detect/detect.h"

/* How opaque a mask is, on the smallest rectangle around it: half inside,
 * nearly full along its contour. */
struct mask_layer {
    cairo_surface_t *surface; /* A8; NULL when the mask is empty */
    int32_t x, y;             /* its place in the image */
};

/* `contour` is in pixels.  False when out of memory. */
bool mask_layer_create(struct mask_layer *out, const det_mask *mask,
                       int contour);
void mask_layer_destroy(struct mask_layer *layer);

#endif
