/* SPDX-License-Identifier: MIT */
/* What was measured again and again. */
#ifndef APPS_SAMPLE_SERIES_H
#define APPS_SAMPLE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed at first. */
struct sample_series {
    double *values;
    size_t count, capacity;
};

/* False: out of memory. */
bool sample_series_add(struct sample_series *series, double value);
void sample_series_free(struct sample_series *series);

/* What 50 and 95 of 100 do not exceed, between two values in proportion, as
 * numpy.percentile has it, and the least; 0 of none. */
struct sample_summary {
    double p50, p95, least;
};

/* Sorts the values. */
struct sample_summary sample_series_summary(struct sample_series *series);

#endif
