/* SPDX-License-Identifier: MIT */
/* What a person reads: lines on stderr, each beginning with the program's
 * name, and one status line at the bottom of a terminal. */
#ifndef APPS_CONSOLE_H
#define APPS_CONSOLE_H

#include <stdbool.h>

#include "apps/exit_code.h"
#include "detect/detect.h"

struct console {
    const char *program;
    int verbosity;     /* -1: errors only, 0, 1: notes, 2: details */
    bool status_shown; /* a status line stands at the bottom */
};

/* Control characters in the text are replaced: it may quote file names, and
 * those must not steer a terminal. */
void console_error(struct console *console, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void console_warn(struct console *console, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void console_note(struct console *console, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Like console_error, and put "name: " first unless the text says it. */
void console_error_about(struct console *console, const char *name,
                         const char *text);

/* Replace the status line; console_clear takes it away. */
void console_status(struct console *console, const char *text);
void console_clear(struct console *console);

/* A det_log_fn; `user` is the console. */
void console_library_log(void *user, det_log_level level, const char *text);

/* A context that logs there, whose models are loaded by that many threads. */
enum exit_code console_open_context(det_context **out, int32_t threads,
                                    struct console *console);

#endif
