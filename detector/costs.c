/* SPDX-License-Identifier: MIT */
#include "detector/costs.h"

#include "compute/moments.h"

_Static_assert(2 * DET_STAGE_COUNT <= DET_MOST_MOMENTS, "two for each stage");

/* The moment of it; the stage's end is the next. */
static int beginning_of(det_stage stage)
{
    return 2 * (int)stage;
}

det_status det_costs_begin(struct det_costs *costs, struct det_compute *compute,
                           det_stage stage)
{
    costs->ran[stage] = false;
    costs->gflop[stage] = 1e-9 * compute->flops;
    return det_moment_mark(compute, beginning_of(stage));
}

det_status det_costs_end(struct det_costs *costs, struct det_compute *compute,
                         det_stage stage)
{
    costs->ran[stage] = !det_planning(compute);
    costs->gflop[stage] = 1e-9 * compute->flops - costs->gflop[stage];
    return det_moment_mark(compute, beginning_of(stage) + 1);
}

det_status det_costs_add(struct det_costs *costs, struct det_compute *compute)
{
    for (int stage = 0; stage < DET_STAGE_COUNT; stage++) {
        const int begin = beginning_of((det_stage)stage);
        double seconds;
        if (!costs->ran[stage])
            continue;
        costs->ran[stage] = false;
        DET_TRY(det_moments_between(compute, &seconds, begin, begin + 1));
        costs->stage[stage].seconds += seconds;
        costs->stage[stage].gflop += costs->gflop[stage];
    }
    return DET_OK;
}
