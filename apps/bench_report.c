/* SPDX-License-Identifier: MIT */
#include "apps/bench_report.h"

struct bench_rate bench_rate_of(struct sample_series *seconds, double gflop,
                                const struct bench_report *report)
{
    const struct sample_summary s = sample_series_summary(seconds);
    struct bench_rate rate = {.ms = {1e3 * s.p50, 1e3 * s.p95, 1e3 * s.least},
                              .gflop = gflop / (double)report->times->runs};
    if (s.p50 > 0.0)
        rate.gflops = rate.gflop / s.p50;
    rate.share = bench_limit_share(report->limit, rate.gflops);
    return rate;
}

bool bench_rate_counts(const struct bench_rate *rate)
{
    return rate->ms.p95 > 0.0;
}

double bench_images_per_second(const struct bench_report *report,
                               const struct bench_rate *total)
{
    return total->ms.p50 > 0.0 ? 1e3 * (double)report->batch / total->ms.p50
                               : 0.0;
}
