/* SPDX-License-Identifier: MIT */
#include "detector/context.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/engine.h"

static const char *const status_names[] = {
    [DET_OK] = "ok",
    [DET_ERROR_ARGUMENT] = "bad argument",
    [DET_ERROR_MEMORY] = "out of memory",
    [DET_ERROR_READ] = "cannot read",
    [DET_ERROR_WRITE] = "cannot write",
    [DET_ERROR_FORMAT] = "bad image",
    [DET_ERROR_LIMIT] = "too large",
    [DET_ERROR_MODEL] = "model refused",
    [DET_ERROR_DEVICE] = "no such device",
    [DET_ERROR_NUMERIC] = "not a number",
    [DET_ERROR_CANCELLED] = "cancelled",
    [DET_ERROR_DATASET] = "data set refused",
};

const char *det_status_name(det_status status)
{
    const size_t count = sizeof status_names / sizeof status_names[0];
    return (size_t)status < count ? status_names[status] : "unknown status";
}

const char *det_version(void)
{
    return DET_VERSION;
}

det_status det_context_create(det_context **out)
{
    if (!out)
        return DET_ERROR_ARGUMENT;
    DET_TRY(det_allocate(out, 1, sizeof **out, NULL));
    det_engine_threads(&(*out)->threads, 0, NULL);
    /* One message per thread: contexts are shared by threads. */
    if (pthread_key_create(&(*out)->messages, free) != 0) {
        free(*out);
        *out = NULL;
        return DET_ERROR_MEMORY;
    }
    return DET_OK;
}

void det_context_destroy(det_context **context)
{
    if (!context || !*context)
        return;
    free(pthread_getspecific((*context)->messages));
    pthread_key_delete((*context)->messages);
    free(*context);
    *context = NULL;
}

void det_context_set_log(det_context *context, det_log_fn log, void *user)
{
    if (!context)
        return;
    context->log = log;
    context->log_user = user;
    free(pthread_getspecific(context->messages)); /* has the old callback */
    pthread_setspecific(context->messages, NULL);
}

det_status det_context_set_threads(det_context *context, int32_t threads)
{
    if (!context)
        return DET_ERROR_ARGUMENT;
    return det_engine_threads(&context->threads, threads,
                              det_context_sink(context));
}

struct det_message *det_context_sink(const det_context *context)
{
    struct det_message *message = pthread_getspecific(context->messages);
    if (message)
        return message;
    if (det_allocate(&message, 1, sizeof *message, NULL) != DET_OK)
        return NULL;
    message->log = context->log;
    message->log_user = context->log_user;
    if (pthread_setspecific(context->messages, message) != 0) {
        free(message);
        return NULL;
    }
    return message;
}

const char *det_context_message(const det_context *context)
{
    const struct det_message *message =
        context ? pthread_getspecific(context->messages) : NULL;
    return message ? message->text : "";
}
