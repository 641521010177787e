/* SPDX-License-Identifier: MIT */
#include "apps/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, LINE_ROOM = 256 };

double progress_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_begin(struct progress *progress, struct console *console,
                    size_t total, bool wanted)
{
    *progress = (struct progress){
        .console = console,
        .total = total,
        .start = progress_clock(),
        .shown = wanted && total > 1 && isatty(STDERR_FILENO),
    };
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

static void print_time_left(char *out, size_t size,
                            const struct progress *progress, size_t done)
{
    double spent = progress_clock() - progress->start;
    if (done == 0) {
        snprintf(out, size, "--:--");
        return;
    }
    double left = spent / (double)done * (double)(progress->total - done);
    unsigned long seconds = left < 1e8 ? (unsigned long)(left + 0.5) : 0;
    if (seconds >= 3600)
        snprintf(out, size, "%lu:%02lu:%02lu", seconds / 3600,
                 seconds / 60 % 60, seconds % 60);
    else
        snprintf(out, size, "%lu:%02lu", seconds / 60, seconds % 60);
}

void progress_show(const struct progress *progress, size_t done,
                   const char *name)
{
    if (!progress->shown)
        return;
    const char *slash = strrchr(name, '/');
    char bar[BAR_WIDTH + 1], left[32], line[LINE_ROOM];
    size_t filled = done * BAR_WIDTH / progress->total;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '=', filled);
    bar[BAR_WIDTH] = 0;
    print_time_left(left, sizeof left, progress, done);
    snprintf(line, sizeof line, "[%s] %zu/%zu, %s left  %s", bar, done,
             progress->total, left, slash ? slash + 1 : name);
    size_t width = terminal_width();
    if (width < sizeof line)
        line[width - 1] = 0; /* a wrapped line could not be taken away */
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    console_status(progress->console, line);
}
