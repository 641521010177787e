/* SPDX-License-Identifier: MIT */
/* Lists of shorter sides on the command line: 200,400,600. */
#ifndef APPS_SCALES_ARGUMENT_H
#define APPS_SCALES_ARGUMENT_H

#include <errno.h> /* error_t */
#include <stddef.h>
#include <stdint.h>

enum { SCALES_ARGUMENT_MOST = 16 };

struct scales_argument {
    int32_t sides[SCALES_ARGUMENT_MOST]; /* pixels, as written */
    size_t count;
};

/* 0, or EINVAL after one line on stderr, which begins "PROGRAM: NAME" and says
 * that there are more than 16 numbers, or which one is not from `low` to
 * `high` (in 1..INT32_MAX). */
error_t scales_argument_read(struct scales_argument *out, const char *name,
                             const char *value, int32_t low, int32_t high);

#endif
