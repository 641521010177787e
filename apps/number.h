/* SPDX-License-Identifier: MIT */
/* Strict numbers: the whole text is the number, without sign, blanks, "inf",
 * "nan" or hexadecimal digits, and it lies in the range. */
#ifndef APPS_NUMBER_H
#define APPS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool number_parse_integer(uint64_t *out, const char *text, uint64_t low,
                          uint64_t high);
bool number_parse_real(double *out, const char *text, double low, double high);

#endif
