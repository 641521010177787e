/* SPDX-License-Identifier: MIT */
#include "compute/engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "compute/tape.h"

enum { MAX_THREADS = 256 };

static int processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : (int)count;
}

det_status det_engine_create(struct det_engine *out, const char *device,
                             int32_t threads, struct det_message *message)
{
    *out = (struct det_engine){
        .compute = {.ops = det_ops_for(device),
                    .message = message,
                    .threads = threads > 0 ? threads : processors()}};
    if (!out->compute.ops)
        return det_fail(message, DET_ERROR_DEVICE,
                        "there is no device \"%s\"; this build has: cpu",
                        device);
    if (threads < 0 || threads > MAX_THREADS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "threads is %d; it must be between 0 and %d", threads,
                        MAX_THREADS);
    return DET_OK;
}

void det_engine_destroy(struct det_engine *engine)
{
    det_tape_destroy(&engine->tape);
    free(engine->memory);
    *engine = (struct det_engine){0};
}

/* Growing by more than is needed would keep memory that is never used. */
static det_status reserve(struct det_engine *engine, size_t needed)
{
    if (needed <= engine->capacity)
        return DET_OK;
    free(engine->memory);
    engine->memory = NULL;
    engine->capacity = 0;
    DET_TRY(det_allocate_aligned(&engine->memory, needed, 1,
                                 engine->compute.message));
    engine->capacity = needed;
    return DET_OK;
}

static det_status pass(struct det_engine *engine, det_program_fn program,
                       void *user)
{
    struct det_compute *compute = &engine->compute;
    if (compute->tape)
        det_tape_clear(compute->tape);
    DET_TRY(program(compute, user));
    return compute->tape ? det_tape_backward(compute) : DET_OK;
}

static det_status plan_and_run(struct det_engine *engine,
                               det_program_fn program, void *user)
{
    struct det_arena plan;
    engine->compute.arena = &plan;
    det_arena_plan(&plan);
    DET_TRY(pass(engine, program, user));
    DET_TRY(reserve(engine, plan.peak));
    engine->compute.arena = &engine->arena;
    engine->compute.flops = 0.0;
    det_arena_use(&engine->arena, engine->memory, engine->capacity);
    return pass(engine, program, user);
}

det_status det_engine_step(struct det_engine *engine, det_program_fn program,
                           void *user)
{
    if (!engine->tape)
        DET_TRY(det_tape_create(&engine->tape, engine->compute.message));
    engine->compute.tape = engine->tape;
    const det_status status = plan_and_run(engine, program, user);
    engine->compute.tape = NULL;
    return status;
}

det_status det_engine_run(struct det_engine *engine, det_program_fn program,
                          void *user)
{
    return plan_and_run(engine, program, user);
}
