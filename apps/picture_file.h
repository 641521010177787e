/* SPDX-License-Identifier: MIT */
/* Pictures to JPEG and PNG files. */
#ifndef APPS_PICTURE_FILE_H
#define APPS_PICTURE_FILE_H

#include <cairo.h>

#include "apps/console.h"
#include "apps/exit_code.h"

enum picture_kind {
    PICTURE_UNKNOWN,
    PICTURE_JPEG,
    PICTURE_PNG,
};

/* By the ending of the name: .jpg, .jpeg, .png in any case. */
enum picture_kind picture_kind_of(const char *path);

/* Write an RGB24 surface.  The file appears under its name when it is
 * complete, or not at all.  Returns EXIT_DONE, EXIT_OUTPUT or EXIT_MEMORY. */
enum exit_code picture_write(cairo_surface_t *surface, const char *path,
                             struct console *console);

#endif
