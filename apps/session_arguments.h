/* SPDX-License-Identifier: MIT */
/* The options of a command line that say how a detector works, the same in all
 * programs that run one. */
#ifndef APPS_SESSION_ARGUMENTS_H
#define APPS_SESSION_ARGUMENTS_H

#include <argp.h>

#include "detect/detect.h"

/* Its input is the det_session_options to fill in, which have been set to their
 * defaults. */
extern const struct argp session_arguments;

/* 0, or EINVAL after one line on stderr: options that do not go together. */
error_t session_arguments_check(const det_session_options *options);

#endif
