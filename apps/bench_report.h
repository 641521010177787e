/* SPDX-License-Identifier: MIT */
/* What was measured, as tables for people or as an object for programs. */
#ifndef APPS_BENCH_REPORT_H
#define APPS_BENCH_REPORT_H

#include "apps/bench_layers.h"
#include "apps/bench_limit.h"
#include "apps/bench_times.h"

struct bench_report {
    const char *model, *architecture;
    const char *image; /* a path, or NULL: drawn */
    int32_t width, height;
    size_t batch;
    const char *device, *precision;
    const struct bench_limit *limit;
    struct bench_times *times;   /* of one run at least */
    struct bench_layers *layers; /* NULL: not asked for */
};

/* Of some time and what was done in it, in each run. */
struct bench_rate {
    struct sample_summary ms;
    double gflop;  /* of one run */
    double gflops; /* a second, by the median */
    double share;  /* of the limit */
};

struct bench_rate bench_rate_of(struct sample_series *seconds, double gflop,
                                const struct bench_report *report);

/* That the stage took any time: not decoding of drawings, nor what classifiers
 * do not have. */
bool bench_rate_counts(const struct bench_rate *rate);

double bench_images_per_second(const struct bench_report *report,
                               const struct bench_rate *total);

/* To stdout. */
void bench_table_print(const struct bench_report *report);
void bench_json_print(const struct bench_report *report);

#endif
