/* SPDX-License-Identifier: MIT */
#include "apps/bench_times.h"

bool bench_times_add(struct bench_times *times, const struct bench_run *run)
{
    bool good = sample_series_add(&times->total.seconds, run->seconds);
    for (int i = 0; good && i < BENCH_STAGES; i++) {
        const det_stage_cost *cost = &run->stages[i];
        good = sample_series_add(&times->stages[i].seconds, cost->seconds);
        times->stages[i].gflop += cost->gflop;
        times->total.gflop += cost->gflop;
    }
    times->runs += good;
    return good;
}

void bench_times_free(struct bench_times *times)
{
    sample_series_free(&times->total.seconds);
    for (int i = 0; i < BENCH_STAGES; i++)
        sample_series_free(&times->stages[i].seconds);
}

const char *bench_stage_name(int stage)
{
    return stage == 0 ? "decode" : det_stage_name((det_stage)(stage - 1));
}
