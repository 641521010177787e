/* SPDX-License-Identifier: MIT */
/* The command line of `detect-data`. */
#ifndef APPS_DATA_OPTIONS_H
#define APPS_DATA_OPTIONS_H

#include <stdbool.h>

#include "apps/exit_code.h"
#include "detect/data.h"

enum data_command {
    DATA_NONE,
    DATA_CHECK,
    DATA_STATS,
    DATA_DRAW,
    DATA_CONVERT,
    DATA_SPLIT,
    DATA_SCENES,
    DATA_HELP,
    DATA_USAGE,
    DATA_VERSION,
};

enum { DATA_MOST_PARTS = 16 };

/* Texts are those of argv; nothing is to be freed. */
struct data_options {
    enum data_command command;
    const char *annotations;
    const char *format; /* of the annotations, or NULL */
    const char *list;   /* of formats with several, or NULL */
    const char *images; /* folder, or NULL */
    const char *output; /* or NULL */
    const char *to;     /* format to write, or NULL */
    const char *names;  /* of the parts, or NULL */
    double fractions[DATA_MOST_PARTS];
    size_t parts;
    uint64_t seed;
    uint64_t most_images;             /* 0: all */
    uint64_t count;                   /* scenes to generate */
    int32_t width, height;            /* of each, pixels */
    int32_t min_objects, max_objects; /* in each */
    bool json, force, no_progress;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code data_options_parse(struct data_options *out, int argc,
                                  char **argv);

/* Print what DATA_HELP, DATA_USAGE and DATA_VERSION ask for. */
void data_options_print(enum data_command command);

#endif
