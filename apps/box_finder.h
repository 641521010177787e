/* SPDX-License-Identifier: MIT */
/* The models of a command line that find boxes of classes, the same in all
 * programs that have them. */
#ifndef APPS_BOX_FINDER_H
#define APPS_BOX_FINDER_H

#include <argp.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "apps/model_list.h"
#include "apps/scales_argument.h"
#include "detect/localize.h"

/* Texts are those of argv. */
struct box_finder_arguments {
    struct model_list localizers; /* paths only; none: no boxes are asked for */
    struct model_list rescorers;  /* likewise */
    det_views views;
    struct scales_argument scales;
};

/* Its input is the struct box_finder_arguments to fill in. */
extern const struct argp box_finder_argp;

/* 0, or EINVAL after one line on stderr: options that do not go together. */
error_t box_finder_check(const struct box_finder_arguments *arguments);

struct box_finder {
    struct model_list localizers, rescorers;
    det_localizer *localizer;
};

/* Load what is asked for; says what is wrong.  `proposals` of a class, 0: as
 * the library does. */
enum exit_code box_finder_open(struct box_finder *out,
                               const struct box_finder_arguments *arguments,
                               int32_t threads, int32_t proposals,
                               det_context *context, struct console *console);
void box_finder_close(struct box_finder *finder);

/* A classifier's labels must be the finder's, in the same order, see
 * apps/label_names.h: EXIT_USAGE, which is said. */
enum exit_code box_finder_match(const struct box_finder *finder,
                                const det_model *classifier,
                                struct console *console);

#endif
