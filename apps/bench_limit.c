/* SPDX-License-Identifier: MIT */
#include "apps/bench_limit.h"

#include "detect/measure.h"

static const double least_agreement = 0.9;

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Of what may have been measured before. */
static void keep(struct bench_limit *limit, double gflops)
{
    limit->most = larger(limit->most, gflops);
    limit->last = gflops;
    if (limit->first == 0.0)
        limit->first = gflops;
}

void bench_limit_measure(struct bench_limit *limit, int32_t threads)
{
    det_cpu_limit one, all;
    det_cpu_limit_measure(1, &one);
    det_cpu_limit_measure(threads, &all);
    limit->one_thread = larger(limit->one_thread, one.gflops);
    limit->vectors = all.vectors;
    limit->threads = all.threads;
    keep(limit, all.gflops);
}

det_status bench_limit_measure_device(struct bench_limit *limit,
                                      det_context *context, const char *device,
                                      det_precision precision)
{
    double gflops;
    const det_status status =
        det_device_limit_measure(context, device, precision, &gflops);
    if (status == DET_OK)
        keep(limit, gflops);
    return status;
}

void bench_limit_check(const struct bench_limit *limit, struct console *console)
{
    if (limit->most < least_agreement * limit->one_thread)
        console_warn(
            console,
            "%d threads did %.1f GFLOP/s together, one alone %.1f: the "
            "machine was not left alone",
            (int)limit->threads, limit->most, limit->one_thread);
    if (limit->first < least_agreement * limit->last ||
        limit->last < least_agreement * limit->first)
        console_warn(console,
                     "the %s's limit was %.1f GFLOP/s before the runs and "
                     "%.1f after them: the machine was not left alone",
                     limit->vectors ? "CPU" : "GPU", limit->first, limit->last);
}

double bench_limit_share(const struct bench_limit *limit, double gflops)
{
    return limit->most > 0.0 ? gflops / limit->most : 0.0;
}
