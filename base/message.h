/* SPDX-License-Identifier: MIT */
/*
 * Who detects an error writes one message; who receives it only passes the
 * status on.  A message sink is owned by a handle and handed down by pointer.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "detect/detect.h"

/* Room for a path of PATH_MAX bytes and a sentence: what is wrong must not be
 * cut off because the path is long. */
enum { DET_MESSAGE_SIZE = 4096 + 512 };

struct det_message {
    char text[DET_MESSAGE_SIZE]; /* last error, "" when there was none */
    det_log_fn log;              /* may be NULL */
    void *log_user;
};

/* Store the text and return `status`, so that a check is one statement:
 *     return det_fail(message, DET_ERROR_FORMAT, "%s: too short", path);
 * Control characters in the text are replaced, since it may quote a file.
 * `message` may be NULL. */
det_status det_fail(struct det_message *message, det_status status,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory: says how much was asked for. */
det_status det_fail_memory(struct det_message *message, size_t bytes);

/* Put "where: " before the text that is already there (e.g. a file name). */
void det_message_prefix(struct det_message *message, const char *where);

/* Hand a line to the log callback, if there is one. */
void det_log(const struct det_message *message, det_log_level level,
             const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Pass a failure on to the caller. */
#define DET_TRY(call)                         \
    do {                                      \
        const det_status try_status = (call); \
        if (try_status != DET_OK)             \
            return try_status;                \
    } while (0)

/* Pass a failure on by way of the label `fail`, which cleans up and returns
 * the variable `status`. */
#define DET_TRY_OR_FAIL(call)  \
    do {                       \
        status = (call);       \
        if (status != DET_OK)  \
            goto fail;         \
    } while (0)

#endif
