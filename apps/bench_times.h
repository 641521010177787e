/* SPDX-License-Identifier: MIT */
/* How long each run took, and each of its stages. */
#ifndef APPS_BENCH_TIMES_H
#define APPS_BENCH_TIMES_H

#include "apps/sample_series.h"
#include "detect/detect.h"

/* Decoding the photo, which the program measures, comes first. */
enum { BENCH_STAGES = 1 + DET_STAGE_COUNT };

/* One run. */
struct bench_run {
    double seconds;
    det_stage_cost stages[BENCH_STAGES];
};

/* Of one stage, or of all. */
struct bench_series {
    struct sample_series seconds;
    double gflop; /* of all runs together */
};

struct bench_times {
    size_t runs;
    struct bench_series total, stages[BENCH_STAGES];
};

/* False: out of memory. */
bool bench_times_add(struct bench_times *times, const struct bench_run *run);
void bench_times_free(struct bench_times *times);

const char *bench_stage_name(int stage);

#endif
