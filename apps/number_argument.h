/* SPDX-License-Identifier: MIT */
/* Numbers of the command line, with the error for those that are none. */
#ifndef APPS_NUMBER_ARGUMENT_H
#define APPS_NUMBER_ARGUMENT_H

#include <errno.h> /* error_t */
#include <stdint.h>

/* 0, or EINVAL after one line on stderr: "PROGRAM: NAME VALUE: must be a whole
 * number from LOW to HIGH (see PROGRAM -h)". */
error_t number_argument_integer(uint64_t *out, const char *name,
                                const char *value, uint64_t low, uint64_t high);

/* Likewise "a number". */
error_t number_argument_real(double *out, const char *name, const char *value,
                             double low, double high);

#endif
