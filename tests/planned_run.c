/* SPDX-License-Identifier: MIT */
#include "tests/planned_run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/cuda/bridge.h"

void planned_run_check(const struct planned_run *run, det_status status)
{
    ck_assert_msg(status == DET_OK, "%s", run->message.text);
}

void planned_run_plan(struct planned_run *run)
{
    memset(run, 0, sizeof *run);
    run->compute = (struct det_compute){.ops = det_test_ops(),
                                        .arena = &run->arena,
                                        .message = &run->message,
                                        .threads = 1};
    det_arena_plan(&run->arena);
}

void planned_run_begin(struct planned_run *run)
{
    const size_t size = run->arena.peak;
    planned_run_check(
        run, det_allocate_aligned(&run->memory, size, 1, &run->message));
    memset(run->memory, 0xFF, size); /* floats of these bytes are NaN */
    det_arena_use(&run->arena, run->memory, size);
}

void planned_run_end(struct planned_run *run)
{
    ck_assert_int_eq(run->arena.count, 0);
    free(run->memory);
    run->memory = NULL;
}
