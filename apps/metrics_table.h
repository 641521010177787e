/* SPDX-License-Identifier: MIT */
/* RUN/metrics.jsonl read back: of each name its values over the iterations. */
#ifndef APPS_METRICS_TABLE_H
#define APPS_METRICS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { METRICS_MOST_SERIES = 64, METRICS_NAME_SIZE = 64 };

struct metrics_point {
    double at; /* iteration */
    double value;
};

struct metrics_series {
    char name[METRICS_NAME_SIZE];
    struct metrics_point *points; /* [count], by iteration */
    size_t count, capacity;
};

struct metrics_table {
    struct metrics_series series[METRICS_MOST_SERIES];
    size_t count;
    double last; /* iteration of the last line */
};

/* What is no line of metrics, such as a last one that a kill cut short, is
 * passed over, and so are values that are no numbers.  False: the file cannot
 * be read or memory is out, and errno says why. */
bool metrics_table_read(struct metrics_table *out, const char *path);
void metrics_table_free(struct metrics_table *table);

#endif
