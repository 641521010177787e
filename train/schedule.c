/* SPDX-License-Identifier: MIT */
#include "train/schedule.h"

#include <math.h>

static double steps(const struct det_schedule_config *c, double part)
{
    double rate = c->rate;
    for (int i = 0; i < c->num_milestones; i++)
        if (part >= c->milestones[i])
            rate *= c->gamma;
    return rate;
}

static double cosine(const struct det_schedule_config *c, double part)
{
    const double share = 0.5 * (1.0 + cos(M_PI * fmin(part, 1.0)));
    return c->rate * (c->floor + (1.0 - c->floor) * share);
}

/* What the warm-up leaves of it; Detectron2's WarmupParamScheduler. */
static double warmup(const struct det_schedule_config *c, int64_t iteration)
{
    if (iteration >= c->warmup_iterations)
        return 1.0;
    const double done = (double)iteration / (double)c->warmup_iterations;
    return c->warmup_factor * (1.0 - done) + done;
}

double det_schedule_rate(const struct det_schedule_config *config,
                         int64_t iteration, int64_t iterations)
{
    const double part = (double)iteration / (double)iterations;
    const double factor = warmup(config, iteration);
    switch (config->kind) {
    case DET_SCHEDULE_STEPS:
        return factor * steps(config, part);
    case DET_SCHEDULE_COSINE:
        return factor * cosine(config, part);
    case DET_SCHEDULE_CONSTANT:
        break;
    }
    return factor * config->rate;
}
