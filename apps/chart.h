/* SPDX-License-Identifier: MIT */
/* One panel of lines over the iterations, as SVG. */
#ifndef APPS_CHART_H
#define APPS_CHART_H

#include <stdio.h>

#include "apps/chart_scale.h"
#include "apps/metrics_table.h"

enum { CHART_MOST_LINES = 8 };

enum chart_line_kind {
    CHART_SMOOTHED, /* over a faint line of what was measured */
    CHART_EXACT,
    CHART_MARKED, /* few points, each of them shown */
};

struct chart_line {
    const struct metrics_series *series; /* not empty */
    enum chart_line_kind kind;
};

struct chart {
    const char *title;
    double x, y, width, height; /* of the panel, px */
    struct chart_line lines[CHART_MOST_LINES];
    size_t count;
    double factor;    /* of the values; 100 for per cent */
    double log_ratio; /* logarithmic where the highest of the values, bar a
                         tenth, is that many times the lowest, bar a tenth */
    double last;      /* iteration at the right end, > 0 */
    double epoch;     /* iterations of one */
};

/* False: out of memory. */
bool chart_draw(FILE *out, const struct chart *chart);

/* Text with &, <, > and quotes escaped. */
void chart_text(FILE *out, const char *text);

/* Classes and colours that the panels use, as a style element. */
void chart_style(FILE *out);

#endif
