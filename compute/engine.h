/* SPDX-License-Identifier: MIT */
/*
 * Running a program of operators: it is planned first, which measures the
 * memory that it needs, and then run for good.
 */
#ifndef COMPUTE_ENGINE_H
#define COMPUTE_ENGINE_H

#include "compute/compute.h"

struct det_engine {
    struct det_compute compute;
    struct det_arena arena;
    unsigned char *memory; /* of the arena */
    size_t capacity;       /* bytes */
    struct det_tape *tape; /* made by the first det_engine_step */
};

/* Forward passes (and losses); called while planning, too. */
typedef det_status (*det_program_fn)(struct det_compute *compute, void *user);

/* `threads` 0: one for each processor.  `message` must outlive the engine. */
det_status det_engine_create(struct det_engine *out, const char *device,
                             int32_t threads, struct det_message *message);
void det_engine_destroy(struct det_engine *engine);

/* For training: with a tape, and its backward behind the program.  Gradients
 * are added to. */
det_status det_engine_step(struct det_engine *engine, det_program_fn program,
                           void *user);

/* Without: nothing is recorded. */
det_status det_engine_run(struct det_engine *engine, det_program_fn program,
                          void *user);

#endif
