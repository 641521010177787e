/* SPDX-License-Identifier: MIT */
/*
 * Running a program of operators: it is planned first, which measures the
 * memory that it needs, and then run for good.
 */
#ifndef COMPUTE_ENGINE_H
#define COMPUTE_ENGINE_H

#include "compute/device.h"
#include "compute/workspace.h"

struct det_engine {
    struct det_compute compute;
    struct det_workspace workspace;
    struct det_tape *tape; /* made by the first det_engine_step */
    float loss_scale;      /* of the steps, see compute/tape.h */
};

/* Forward passes (and losses); called while planning, too. */
typedef det_status (*det_program_fn)(struct det_compute *compute, void *user);

struct det_engine_options {
    const char *device; /* by name; NULL: the CPU */
    int32_t threads;    /* 0: one for each processor */
    struct det_device_options of_device;
};

/* How many 0 to 256 wanted threads are. */
det_status det_engine_threads(int *out, int32_t wanted,
                              struct det_message *message);

/* `message` must outlive the engine.  To be destroyed after a failure, too. */
det_status det_engine_create(struct det_engine *out,
                             const struct det_engine_options *options,
                             struct det_message *message);
void det_engine_destroy(struct det_engine *engine);

/* For training: with a tape, and its backward behind the program.  Gradients
 * are added to. */
det_status det_engine_step(struct det_engine *engine, det_program_fn program,
                           void *user);

/* Without: nothing is recorded. */
det_status det_engine_run(struct det_engine *engine, det_program_fn program,
                          void *user);

/* The two halves of a run: to plan, and have the memory; and to run with the
 * memory that is there, which the same program fits. */
det_status det_engine_plan(struct det_engine *engine, det_program_fn program,
                           void *user);
det_status det_engine_run_planned(struct det_engine *engine,
                                  det_program_fn program, void *user);

#endif
