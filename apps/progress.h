/* SPDX-License-Identifier: MIT */
/* A bar with the time left, at the bottom of a terminal. */
#ifndef APPS_PROGRESS_H
#define APPS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/console.h"

struct progress {
    struct console *console;
    size_t total;
    double start; /* seconds */
    bool shown;
};

/* Nothing is shown unless stderr is a terminal and there is more than one
 * image, or when `wanted` is false. */
void progress_begin(struct progress *progress, struct console *console,
                    size_t total, bool wanted);
void progress_show(const struct progress *progress, size_t done,
                   const char *name);

/* Seconds of a clock that never jumps. */
double progress_clock(void);

#endif
