/* SPDX-License-Identifier: MIT */
/* The command line of `detect-bench`. */
#ifndef APPS_BENCH_OPTIONS_H
#define APPS_BENCH_OPTIONS_H

#include <stdbool.h>

#include "apps/bench_image.h"
#include "apps/exit_code.h"
#include "apps/model_list.h"
#include "apps/session_arguments.h"
#include "detect/detect.h"

enum bench_action {
    BENCH_RUN,
    BENCH_HELP,
    BENCH_USAGE,
    BENCH_VERSION,
};

/* Texts are those of argv and the environment; nothing is to be freed. */
struct bench_options {
    enum bench_action action;
    struct model_list models; /* paths only; none: the one in the box */
    const char *photo;        /* NULL: a drawing of this size: */
    struct bench_size size;
    uint64_t repeat, warmup, batch;
    bool layers, json;
    struct session_arguments session; /* threads among them */
    det_image_options image;
    bool no_progress;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code bench_options_parse(struct bench_options *out, int argc,
                                   char **argv);

/* Print what the actions other than the first ask for. */
void bench_options_print(enum bench_action action);

#endif
