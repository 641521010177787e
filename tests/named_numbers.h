/* SPDX-License-Identifier: MIT */
/* Random numbers by name, which the Python programs in tools/golden/ make
 * too, so that neither inputs nor gradients need to be stored: of each array
 * expected, a golden header has its product with the numbers of its own name
 * and the sum of its magnitudes. */
#ifndef TESTS_NAMED_NUMBERS_H
#define TESTS_NAMED_NUMBERS_H

#include <stddef.h>

#include "base/random.h"

/* The stretch of splitmix64 that begins at a hash (FNV-1a) of the name. */
struct det_random named_stream(const char *name);

/* offset + gain * multiples of 2^-23 in [-1, 1) */
void named_fill(float *out, const char *name, size_t count, double offset,
                double gain);

struct named_sums {
    double dot, magnitude;
};

/* Fails the Check test that called unless both sums of `values` are as
 * expected, within `tolerance` of the magnitude. */
void named_check(const char *name, const float *values, size_t count,
                 struct named_sums expected, double tolerance);

#endif
