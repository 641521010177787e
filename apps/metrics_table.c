/* SPDX-License-Identifier: MIT */
#include "apps/metrics_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 1 << 14, MOST_LINES = 1 << 22, FIRST_POINTS = 256 };

/* ------------------------------------------------------------------ scanning
 */

/* "NAME": at *at, which moves behind it; metrics' names need no escapes. */
static bool scan_name(const char **at, char name[METRICS_NAME_SIZE])
{
    int used = 0;
    if (sscanf(*at, " \"%63[^\"\\]\" :%n", name, &used) != 1 || used == 0)
        return false;
    *at += used;
    return true;
}

/* A number, or null, which becomes NaN. */
static bool scan_value(const char **at, double *value)
{
    char *end;
    *at += strspn(*at, " ");
    if (strncmp(*at, "null", 4) == 0) {
        *value = NAN;
        *at += 4;
        return true;
    }
    *value = strtod(*at, &end);
    const bool is_number = end != *at;
    *at = end;
    return is_number;
}

/* Whether there is one more pair; *ended when the object is complete. */
static bool scan_pair(const char **at, char name[METRICS_NAME_SIZE],
                      double *value, bool *ended)
{
    if (!scan_name(at, name) || !scan_value(at, value))
        return false;
    *at += strspn(*at, " ");
    *ended = **at == '}';
    return *(*at)++ == ',' || *ended;
}

/* Complete, and the iteration comes first. */
static bool is_whole(const char *line, double *iteration)
{
    char name[METRICS_NAME_SIZE];
    double value;
    bool ended = false;
    const char *at = line + (*line == '{');
    if (*line != '{' || !scan_pair(&at, name, iteration, &ended) ||
        strcmp(name, "iteration") != 0 || !(*iteration >= 0))
        return false;
    while (!ended)
        if (!scan_pair(&at, name, &value, &ended))
            return false;
    return *at == '\n';
}

/* ------------------------------------------------------------------ keeping */

/* NULL: there are too many. */
static struct metrics_series *find_or_add(struct metrics_table *table,
                                          const char *name)
{
    size_t i = 0;
    while (i < table->count && strcmp(table->series[i].name, name) != 0)
        i++;
    if (i == METRICS_MOST_SERIES)
        return NULL;
    if (i == table->count)
        memcpy(table->series[table->count++].name, name, strlen(name) + 1);
    return &table->series[i];
}

static bool add_point(struct metrics_series *series, double at, double value)
{
    if (series->count == series->capacity) {
        const size_t more =
            series->capacity ? 2 * series->capacity : FIRST_POINTS;
        void *points = realloc(series->points, more * sizeof *series->points);
        if (!points)
            return false;
        series->points = points;
        series->capacity = more;
    }
    series->points[series->count++] = (struct metrics_point){at, value};
    return true;
}

/* False: out of memory. */
static bool add_line(struct metrics_table *table, const char *line)
{
    char name[METRICS_NAME_SIZE];
    double iteration, value;
    bool ended = false;
    if (!is_whole(line, &iteration) || iteration < table->last)
        return true;
    table->last = iteration;
    const char *at = line + 1;
    while (!ended && scan_pair(&at, name, &value, &ended)) {
        struct metrics_series *series =
            isfinite(value) && strcmp(name, "iteration") != 0
                ? find_or_add(table, name)
                : NULL;
        if (series && !add_point(series, iteration, value))
            return false;
    }
    return true;
}

bool metrics_table_read(struct metrics_table *out, const char *path)
{
    char line[LINE_SIZE];
    *out = (struct metrics_table){0};
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool good = true;
    for (int i = 0; good && i < MOST_LINES && fgets(line, sizeof line, file);
         i++)
        good = add_line(out, line);
    const int read_errno = good ? errno : ENOMEM;
    good = good && !ferror(file);
    fclose(file);
    if (good)
        return true;
    metrics_table_free(out);
    errno = read_errno;
    return false;
}

void metrics_table_free(struct metrics_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->series[i].points);
    *table = (struct metrics_table){0};
}
