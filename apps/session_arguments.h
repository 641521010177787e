/* SPDX-License-Identifier: MIT */
/* The options of a command line that say how a detector works, the same in all
 * programs that run one. */
#ifndef APPS_SESSION_ARGUMENTS_H
#define APPS_SESSION_ARGUMENTS_H

#include <argp.h>

#include "apps/scales_argument.h"
#include "detect/detect.h"

struct session_arguments {
    det_session_options options;   /* to be set to their defaults before */
    struct scales_argument scales; /* that `options` point to */
    const char *given; /* the last of these options, without "--", or NULL */
};

/* Its input is the struct session_arguments to fill in. */
extern const struct argp session_argp;

/* 0, or EINVAL after one line on stderr: options that do not go together. */
error_t session_arguments_check(const det_session_options *options);

#endif
