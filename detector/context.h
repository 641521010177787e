/* SPDX-License-Identifier: MIT */
#ifndef DETECTOR_CONTEXT_H
#define DETECTOR_CONTEXT_H

#include <pthread.h>

#include "base/message.h"

struct det_context {
    det_log_fn log;
    void *log_user;
    int threads;            /* >= 1, of what loads */
    pthread_key_t messages; /* each thread's struct det_message */
};

/* The calling thread's message sink; NULL when there is no memory for it, in
 * which case messages are lost but statuses are not. */
struct det_message *det_context_sink(const det_context *context);

#endif
