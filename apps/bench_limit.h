/* SPDX-License-Identifier: MIT */
/* What the device could do at most, measured before and after the runs. */
#ifndef APPS_BENCH_LIMIT_H
#define APPS_BENCH_LIMIT_H

#include <stdint.h>

#include "apps/console.h"
#include "detect/detect.h"

/* Zeroed at first: nothing is known of it. */
struct bench_limit {
    double most;         /* GFLOP/s, the best so far, of all a CPU's threads */
    double first, last;  /* each time */
    double one_thread;   /* of a CPU */
    const char *vectors; /* of a CPU; NULL: a GPU's products of matrices */
    int32_t threads;
};

/* Measure it, and keep what is better than before.  `threads`, 0 to 256: 0 is
 * one for each processor. */
void bench_limit_measure(struct bench_limit *limit, int32_t threads);

/* Of another device than the CPU; the context has the message. */
det_status bench_limit_measure_device(struct bench_limit *limit,
                                      det_context *context, const char *device,
                                      det_precision precision);

/* Say so when it changed, or when more threads do less: then the times are
 * those of a machine that was not this program's alone. */
void bench_limit_check(const struct bench_limit *limit,
                       struct console *console);

/* GFLOP/s as a share of it; 0 where it is not known. */
double bench_limit_share(const struct bench_limit *limit, double gflops);

#endif
