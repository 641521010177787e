/* SPDX-License-Identifier: MIT */
/*
 * Running a part of the network the way a session does: planned first, then
 * on an arena of exactly the size planned, filled with NaN.
 *
 *     planned_run_plan(&run);
 *     the part
 *     planned_run_begin(&run);
 *     the part again
 *     planned_run_end(&run);
 */
#ifndef TESTS_PLANNED_RUN_H
#define TESTS_PLANNED_RUN_H

#include "compute/ops.h"

struct planned_run {
    struct det_compute compute;
    struct det_arena arena;
    struct det_message message;
    void *memory;
};

void planned_run_plan(struct planned_run *run);
void planned_run_begin(struct planned_run *run);
/* All memory of the part must have been given back. */
void planned_run_end(struct planned_run *run);

/* Fails the Check test that called unless `status` is DET_OK. */
void planned_run_check(const struct planned_run *run, det_status status);

#endif
