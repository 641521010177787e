/* SPDX-License-Identifier: MIT */
/* Decimal text to the nearest double, faster than strtod and without its
 * locale. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>

enum { DET_DECIMAL_LONGEST = 512 }; /* characters */

/* Read a number of JSON's grammar (-12, 0.5, 1e-3) from text [size].  Returns
 * how many characters it has, 0 when there is none or it is longer than
 * DET_DECIMAL_LONGEST.  *out is infinite when no double is that large. */
size_t det_decimal_read(double *out, const char *text, size_t size);

enum { DET_DECIMAL_SIZE = 32 }; /* bytes of a number's text, with its end */

/* The shortest of 15 to 17 digits that gives the same double again; a value
 * that is not finite as 0. */
void det_decimal_format(char text[static DET_DECIMAL_SIZE], double value);

#endif
