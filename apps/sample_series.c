/* SPDX-License-Identifier: MIT */
#include "apps/sample_series.h"

#include <stdlib.h>

bool sample_series_add(struct sample_series *series, double value)
{
    if (series->count == series->capacity) {
        const size_t capacity = 2 * series->capacity + 16;
        double *values =
            realloc(series->values, capacity * sizeof *series->values);
        if (!values)
            return false;
        series->values = values;
        series->capacity = capacity;
    }
    series->values[series->count++] = value;
    return true;
}

void sample_series_free(struct sample_series *series)
{
    free(series->values);
    *series = (struct sample_series){0};
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values. */
static double percentile(const struct sample_series *series, double share)
{
    const double place = share * (double)(series->count - 1);
    const size_t below = (size_t)place;
    const size_t above = below + 1 < series->count ? below + 1 : below;
    const double low = series->values[below], high = series->values[above];
    return low + (high - low) * (place - (double)below);
}

struct sample_summary sample_series_summary(struct sample_series *series)
{
    if (series->count == 0)
        return (struct sample_summary){0};
    qsort(series->values, series->count, sizeof *series->values, by_value);
    return (struct sample_summary){.p50 = percentile(series, 0.50),
                                   .p95 = percentile(series, 0.95),
                                   .least = series->values[0]};
}
