/* SPDX-License-Identifier: MIT */
/* Seconds and work of the stages of a run. */
#ifndef DETECTOR_COSTS_H
#define DETECTOR_COSTS_H

#include "compute/compute.h"
#include "detect/detect.h"

struct det_costs {
    det_stage_cost stage[DET_STAGE_COUNT]; /* of all runs so far */
    bool ran[DET_STAGE_COUNT];             /* in the last one, and ... */
    double gflop[DET_STAGE_COUNT];         /* ... that work is not in yet */
};

/* Around a stage's work; nothing waits for it, and nothing happens while
 * planning. */
det_status det_costs_begin(struct det_costs *costs, struct det_compute *compute,
                           det_stage stage);
det_status det_costs_end(struct det_costs *costs, struct det_compute *compute,
                         det_stage stage);

/* Behind a run, of which nothing is left to do: what its stages cost comes to
 * what those before did.  Seconds are the device's. */
det_status det_costs_add(struct det_costs *costs, struct det_compute *compute);

#endif
