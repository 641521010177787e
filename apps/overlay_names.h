/* SPDX-License-Identifier: MIT */
/* Where the overlay of each input goes. */
#ifndef APPS_OVERLAY_NAMES_H
#define APPS_OVERLAY_NAMES_H

#include <stddef.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "apps/inputs.h"

struct overlay_names {
    char **paths; /* one for each input */
    size_t count;
};

/* Settled before any work is done.  `target` is a picture's name for a single
 * image; an existing folder, a name that ends with a slash, or any other name
 * when there are many images is a folder, made when it is missing.  Pictures
 * in it are called as the inputs are, with a counter where names meet.
 * Returns EXIT_USAGE when the target does not suit the inputs or a picture
 * would replace an input (by whatever name or link), EXIT_OUTPUT when the
 * folder cannot be made, or EXIT_MEMORY. */
enum exit_code overlay_names_plan(struct overlay_names *out, const char *target,
                                  const struct inputs *inputs,
                                  struct console *console);
void overlay_names_free(struct overlay_names *names);

#endif
