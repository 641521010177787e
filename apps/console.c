/* SPDX-License-Identifier: MIT */
#include "apps/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 8192 }; /* two paths of PATH_MAX would be cut: fine */

static void write_line(struct console *console, const char *kind,
                       const char *format, va_list arguments)
{
    char line[LINE_SIZE];
    vsnprintf(line, sizeof line, format, arguments);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    console_clear(console);
    fprintf(stderr, "%s: %s%s\n", console->program, kind, line);
}

void console_error(struct console *console, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(console, "", format, arguments);
    va_end(arguments);
}

void console_warn(struct console *console, const char *format, ...)
{
    if (console->verbosity < 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line(console, "warning: ", format, arguments);
    va_end(arguments);
}

void console_note(struct console *console, const char *format, ...)
{
    if (console->verbosity < 1)
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line(console, "", format, arguments);
    va_end(arguments);
}

void console_error_about(struct console *console, const char *name,
                         const char *text)
{
    if (!*text)
        text = "failed for an unknown reason";
    if (strncmp(text, name, strlen(name)) == 0)
        console_error(console, "%s", text);
    else
        console_error(console, "%s: %s", name, text);
}

void console_status(struct console *console, const char *text)
{
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    console->status_shown = true;
}

void console_clear(struct console *console)
{
    if (!console->status_shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    console->status_shown = false;
}

void console_library_log(void *user, det_log_level level, const char *text)
{
    struct console *console = user;
    if (level <= DET_LOG_WARNING)
        console_warn(console, "%s", text);
    else if (level == DET_LOG_INFO || console->verbosity >= 2)
        console_note(console, "%s", text);
}

enum exit_code console_open_context(det_context **out, int32_t threads,
                                    struct console *console)
{
    if (det_context_create(out) != DET_OK) {
        console_error(console, "out of memory");
        return EXIT_MEMORY;
    }
    det_context_set_log(*out, console_library_log, console);
    det_context_set_threads(*out, threads);
    return EXIT_DONE;
}
