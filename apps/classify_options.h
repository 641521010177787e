/* SPDX-License-Identifier: MIT */
/* The command line of `detect-classify`. */
#ifndef APPS_CLASSIFY_OPTIONS_H
#define APPS_CLASSIFY_OPTIONS_H

#include <stdbool.h>

#include "apps/box_finder.h"
#include "apps/exit_code.h"
#include "apps/inputs.h"
#include "apps/model_list.h"
#include "apps/scales_argument.h"
#include "detect/classify.h"

enum classify_action {
    CLASSIFY_IMAGES,
    CLASSIFY_HELP,
    CLASSIFY_USAGE,
    CLASSIFY_VERSION,
};

/* Texts are those of argv; nothing is to be freed. */
struct classify_options {
    enum classify_action action;
    struct model_list models; /* paths only */
    struct input_request inputs;
    uint64_t top;                      /* names printed for each image */
    bool json;                         /* one object a line */
    det_classifier_options classifier; /* points to the scales */
    struct scales_argument scales;
    struct box_finder_arguments boxes;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code classify_options_parse(struct classify_options *out, int argc,
                                      char **argv);

/* Print what the actions other than the first ask for. */
void classify_options_print(enum classify_action action);

#endif
