/* SPDX-License-Identifier: MIT */
/* The command line of `detect`. */
#ifndef APPS_DETECT_OPTIONS_H
#define APPS_DETECT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/exit_code.h"
#include "apps/inputs.h"
#include "apps/model_list.h"
#include "apps/output_format.h"
#include "apps/overlay.h"
#include "apps/session_arguments.h"
#include "detect/detect.h"

enum detect_action {
    ACTION_DETECT,
    ACTION_SHORT_HELP,
    ACTION_HELP,
    ACTION_USAGE,
    ACTION_VERSION,
};

/* Texts are those of argv and the environment; nothing is to be freed. */
struct detect_options {
    enum detect_action action;
    struct input_request input;
    struct model_list models; /* paths only; none: the one in the box */
    const struct output_format *format;
    const char *output; /* overlays: a file or folder, NULL: none */
    struct overlay_style style;
    struct session_arguments session;
    det_image_options image;
    uint64_t batch; /* images at once */
    bool show_time;
    bool no_progress;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code detect_options_parse(struct detect_options *out, int argc,
                                    char **argv);

/* Print what one of the other actions asks for. */
void detect_options_print(enum detect_action action);

#endif
