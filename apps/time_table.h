/* SPDX-License-Identifier: MIT */
/* Where the time went: what --time prints. */
#ifndef APPS_TIME_TABLE_H
#define APPS_TIME_TABLE_H

#include <stddef.h>

#include "detect/detect.h"

struct time_table {
    size_t images;
    double decode_seconds; /* image files, measured by the program */
    det_stage_cost stages[DET_STAGE_COUNT];
};

void time_table_add(struct time_table *table, double decode_seconds,
                    const det_result *result);
void time_table_print(const struct time_table *table);

#endif
