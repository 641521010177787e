/* SPDX-License-Identifier: MIT */
/* The learning rate of an iteration. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include <stdint.h>

enum det_schedule_kind {
    DET_SCHEDULE_STEPS,  /* times gamma at each milestone */
    DET_SCHEDULE_COSINE, /* half a cosine down to floor (Loshchilov and
                            Hutter 2017) */
    DET_SCHEDULE_CONSTANT
};

enum { DET_MOST_MILESTONES = 8 };

struct det_schedule_config {
    enum det_schedule_kind kind;
    double rate; /* the highest */
    double
        milestones[DET_MOST_MILESTONES]; /* parts of all iterations, rising */
    int num_milestones;
    double gamma;
    double floor;              /* of the cosine, a part of the rate */
    int64_t warmup_iterations; /* rising in a line from warmup_factor * rate */
    double warmup_factor;
};

/* `iteration` counts from 0. */
double det_schedule_rate(const struct det_schedule_config *config,
                         int64_t iteration, int64_t iterations);

#endif
