/* SPDX-License-Identifier: MIT */
/* Axes of a chart: from values to places, and round numbers to write there. */
#ifndef APPS_CHART_SCALE_H
#define APPS_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>

enum { CHART_MOST_TICKS = 24, CHART_NUMBER_SIZE = 32 };

struct chart_scale {
    double low, high; /* low < high; 0 < low where is_log */
    bool is_log;
};

struct chart_ticks {
    double values[CHART_MOST_TICKS];
    size_t count;
};

/* 0 at `low`, 1 at `high`; outside of them where the value is. */
double chart_scale_place(const struct chart_scale *scale, double value);

/* Multiples of 1, 2 or 5 times a power of ten, about `wanted` of them; on a
 * logarithmic scale powers of ten, with 2 and 5 between few of them. */
void chart_scale_ticks(struct chart_ticks *out, const struct chart_scale *scale,
                       int wanted);

/* Move the ends outward to where ticks are. */
void chart_scale_round(struct chart_scale *scale, int wanted);

/* 4 significant digits, thousands apart: "0.0125", "2,500", "1e-05". */
void chart_number(char out[CHART_NUMBER_SIZE], double value);

#endif
