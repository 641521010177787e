/* SPDX-License-Identifier: MIT */
#include "compute/engine.h"

#include <unistd.h>

#include "compute/ops.h"
#include "compute/recording.h"
#include "compute/tape.h"

static int processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1                  ? 1
           : count > DET_MOST_THREADS ? DET_MOST_THREADS
                                      : (int)count;
}

det_status det_engine_threads(int *out, int32_t wanted,
                              struct det_message *message)
{
    if (wanted < 0 || wanted > DET_MOST_THREADS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "threads is %d; it must be between 0 and %d", wanted,
                        DET_MOST_THREADS);
    *out = wanted > 0 ? wanted : processors();
    return DET_OK;
}

det_status det_engine_create(struct det_engine *out,
                             const struct det_engine_options *options,
                             struct det_message *message)
{
    *out = (struct det_engine){
        .loss_scale = 1.0f,
        .compute = {.message = message,
                    .element = det_element_of(options->of_device.precision)}};
    DET_TRY(
        det_engine_threads(&out->compute.threads, options->threads, message));
    DET_TRY(det_ops_find(&out->compute.ops, options->device, message));
    return out->compute.ops->open(&out->compute.device, &options->of_device,
                                  message);
}

void det_engine_destroy(struct det_engine *engine)
{
    const struct det_ops *ops = engine->compute.ops;
    det_tape_destroy(&engine->tape);
    if (engine->compute.device)
        ops->wait(&engine->compute);
    det_workspace_destroy(&engine->workspace, ops);
    if (ops)
        ops->close(&engine->compute.device);
    *engine = (struct det_engine){0};
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

/* After a failure: what is on its way must not arrive in memory that the next
 * run uses.  The message stays that of the failure. */
static void settle(struct det_compute *compute)
{
    struct det_message *message = compute->message, unread = {0};
    compute->message = &unread;
    det_wait(compute);
    compute->message = message;
}

det_status det_engine_plan(struct det_engine *engine, det_program_fn program,
                           void *user)
{
    struct det_compute *compute = &engine->compute;
    DET_TRY(compute->ops->enter(compute->device, compute->message));
    det_workspace_plan(&engine->workspace, compute);
    DET_TRY(pass(engine, program, user));
    return det_workspace_reserve(&engine->workspace, compute);
}

det_status det_engine_run_planned(struct det_engine *engine,
                                  det_program_fn program, void *user)
{
    struct det_compute *compute = &engine->compute;
    bool again = true;
    det_status status = DET_OK;
    DET_TRY(compute->ops->enter(compute->device, compute->message));
    while (again) {
        compute->flops = 0.0;
        det_workspace_use(&engine->workspace, compute);
        status = pass(engine, program, user);
        if (status == DET_OK)
            return det_wait(compute);
        again = det_recording_drop(compute, status);
        settle(compute);
        if (again)
            compute->message->text[0] = 0;
    }
    return status;
}

det_status det_engine_run(struct det_engine *engine, det_program_fn program,
                          void *user)
{
    DET_TRY(det_engine_plan(engine, program, user));
    return det_engine_run_planned(engine, program, user);
}

det_status det_engine_step(struct det_engine *engine, det_program_fn program,
                           void *user)
{
    if (!engine->tape)
        DET_TRY(det_tape_create(&engine->tape, engine->compute.message));
    det_tape_scale_losses(engine->tape, engine->loss_scale);
    engine->compute.tape = engine->tape;
    const det_status status = det_engine_run(engine, program, user);
    engine->compute.tape = NULL;
    return status;
}
