/* SPDX-License-Identifier: MIT */
#include "apps/time_table.h"

#include <stdio.h>

#include "apps/peak_memory.h"

void time_table_add(struct time_table *table, double decode_seconds,
                    const det_result *result)
{
    table->images++;
    table->decode_seconds += decode_seconds;
    for (int s = 0; s < DET_STAGE_COUNT; s++) {
        det_stage_cost cost = det_result_stage_cost(result, (det_stage)s);
        table->stages[s].seconds += cost.seconds;
        table->stages[s].gflop += cost.gflop;
    }
}

static void print_row(const char *name, det_stage_cost cost,
                      double total_seconds)
{
    double share = total_seconds > 0 ? 100 * cost.seconds / total_seconds : 0;
    fprintf(stderr, "%-10s %11.2f %7.1f", name, 1e3 * cost.seconds, share);
    if (cost.gflop > 0 && cost.seconds > 0)
        fprintf(stderr, " %10.2f %8.1f\n", cost.gflop,
                cost.gflop / cost.seconds);
    else
        fprintf(stderr, " %10s %8s\n", "-", "-");
}

void time_table_print(const struct time_table *table)
{
    det_stage_cost total = {table->decode_seconds, 0};
    for (int s = 0; s < DET_STAGE_COUNT; s++) {
        total.seconds += table->stages[s].seconds;
        total.gflop += table->stages[s].gflop;
    }
    fprintf(stderr, "%-10s %11s %7s %10s %8s\n", "stage", "ms", "share %",
            "GFLOP", "GFLOP/s");
    print_row("decode", (det_stage_cost){table->decode_seconds, 0},
              total.seconds);
    for (int s = 0; s < DET_STAGE_COUNT; s++)
        print_row(det_stage_name((det_stage)s), table->stages[s],
                  total.seconds);
    print_row("total", total, total.seconds);
    fprintf(stderr, "images: %zu", table->images);
    if (table->images > 0)
        fprintf(stderr, ", %.2f ms each",
                1e3 * total.seconds / (double)table->images);
    fprintf(stderr, "\npeak memory: %.1f MiB\n", peak_memory_mib());
}
