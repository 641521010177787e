/* SPDX-License-Identifier: MIT */
/* What the CPU could do at most, measured before and after the runs. */
#ifndef APPS_BENCH_LIMIT_H
#define APPS_BENCH_LIMIT_H

#include <stdint.h>

#include "apps/console.h"

/* Zeroed at first: nothing is known of it. */
struct bench_limit {
    double one_thread, all_threads; /* GFLOP/s, the best so far */
    const char *vectors;            /* its kind; NULL: not known */
    int32_t threads;
    double first, last; /* of all threads, each time */
};

/* Measure it, and keep what is better than before.  `threads`, 0 to 256: 0 is
 * one for each processor. */
void bench_limit_measure(struct bench_limit *limit, int32_t threads);

/* Say so when it changed, or when more threads do less: then the times are
 * those of a machine that was not this program's alone. */
void bench_limit_check(const struct bench_limit *limit,
                       struct console *console);

/* GFLOP/s as a share of it; 0 where it is not known. */
double bench_limit_share(const struct bench_limit *limit, double gflops);

#endif
