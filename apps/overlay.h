/* SPDX-License-Identifier: MIT */
/* The photo with what was found in it. */
#ifndef APPS_OVERLAY_H
#define APPS_OVERLAY_H

#include <cairo.h>
#include <stdbool.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/detect.h"

struct overlay_style {
    bool masks, boxes, labels, scores;
    bool object_colours; /* not one for each class */
    double line_width;   /* pixels; 0: by the size of the image */
};

struct overlay_scene {
    const char *name; /* of the image, for messages */
    const det_pixels *pixels;
    const det_result *result;
    const det_model *model;   /* whose labels they are, or NULL: */
    const char *const *names; /* [name_count], by label; NULL: numbers */
    size_t name_count;
    const struct overlay_style *style;
};

/* The photo alone; otherwise as overlay_draw. */
enum exit_code overlay_photo(cairo_surface_t **out, const char *name,
                             const det_pixels *pixels, struct console *console);

/* An opaque picture of the image's size, returned with
 * cairo_surface_destroy.  EXIT_INPUT when the image is wider or higher than
 * what can be drawn on (32,767 pixels), or EXIT_MEMORY; *out is NULL then. */
enum exit_code overlay_draw(cairo_surface_t **out,
                            const struct overlay_scene *scene,
                            struct console *console);

#endif
