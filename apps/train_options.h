/* SPDX-License-Identifier: MIT */
/* The command line of `detect-train`. */
#ifndef APPS_TRAIN_OPTIONS_H
#define APPS_TRAIN_OPTIONS_H

#include <stdbool.h>

#include "apps/exit_code.h"
#include "detect/train.h"

enum train_action {
    TRAIN_RUN,
    TRAIN_LIST_SETTINGS,
    TRAIN_HELP,
    TRAIN_USAGE,
    TRAIN_VERSION,
};

enum { TRAIN_MOST_SETTINGS = 128 };

/* Texts are those of argv; nothing is to be freed. */
struct train_options {
    enum train_action action;
    const char *architecture;
    const char *data, *images, *list, *format;
    const char *validation, *validation_images, *validation_list;
    const char *proposals, *validation_proposals; /* results of both */
    const char *device;                           /* NULL: the CPU */
    det_precision precision;
    const char *init;
    const char *run; /* folder */
    bool resume;     /* the run is there already */
    const char *settings[TRAIN_MOST_SETTINGS];
    size_t setting_count;
    bool no_progress;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code train_options_parse(struct train_options *out, int argc,
                                   char **argv);

/* Print what the actions other than the first ask for. */
void train_options_print(enum train_action action);

#endif
