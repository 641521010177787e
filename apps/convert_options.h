/* SPDX-License-Identifier: MIT */
/* The command line of `detect-convert`. */
#ifndef APPS_CONVERT_OPTIONS_H
#define APPS_CONVERT_OPTIONS_H

#include "apps/exit_code.h"
#include "detect/detect.h"

enum convert_action {
    CONVERT_WEIGHTS,
    CONVERT_LIST,
    CONVERT_LIST_ARCHITECTURES,
    CONVERT_HELP,
    CONVERT_USAGE,
    CONVERT_VERSION,
};

/* Texts are those of argv; nothing is to be freed. */
struct convert_options {
    enum convert_action action;
    const char *input;
    const char *output;          /* NULL for a list */
    det_convert_options convert; /* points to the arrays below */
    float mean[3], std[3];
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code convert_options_parse(struct convert_options *out, int argc,
                                     char **argv);

/* Print what the actions other than the first two ask for. */
void convert_options_print(enum convert_action action);

#endif
