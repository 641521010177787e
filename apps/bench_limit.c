/* SPDX-License-Identifier: MIT */
#include "apps/bench_limit.h"

#include "detect/measure.h"

static const double least_agreement = 0.9;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

void bench_limit_measure(struct bench_limit *limit, int32_t threads)
{
    det_cpu_limit one, all;
    det_cpu_limit_measure(1, &one);
    det_cpu_limit_measure(threads, &all);
    limit->one_thread = larger(limit->one_thread, one.gflops);
    limit->all_threads = larger(limit->all_threads, all.gflops);
    limit->vectors = all.vectors;
    limit->threads = all.threads;
    limit->last = all.gflops;
    if (limit->first == 0.0)
        limit->first = all.gflops;
}

void bench_limit_check(const struct bench_limit *limit, struct console *console)
{
    if (limit->all_threads < least_agreement * limit->one_thread)
        console_warn(
            console,
            "%d threads did %.1f GFLOP/s together, one alone %.1f: the "
            "machine was not left alone",
            (int)limit->threads, limit->all_threads, limit->one_thread);
    if (limit->first < least_agreement * limit->last ||
        limit->last < least_agreement * limit->first)
        console_warn(console,
                     "the CPU's limit was %.1f GFLOP/s before the runs and "
                     "%.1f after them: the machine was not left alone",
                     limit->first, limit->last);
}

double bench_limit_share(const struct bench_limit *limit, double gflops)
{
    return limit->all_threads > 0.0 ? gflops / limit->all_threads : 0.0;
}
