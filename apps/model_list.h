/* SPDX-License-Identifier: MIT */
/* The models of a command line: one, or several that decide together. */
#ifndef APPS_MODEL_LIST_H
#define APPS_MODEL_LIST_H

#include <stdbool.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/detect.h"

enum { MODEL_LIST_MOST = 8 };

struct model_list {
    const char *paths[MODEL_LIST_MOST]; /* not owned */
    det_model *models[MODEL_LIST_MOST];
    size_t count;
    const char *device;      /* to load them for; NULL: the CPU */
    det_precision precision; /* likewise */
};

/* False when there are too many. */
bool model_list_add(struct model_list *list, const char *path);

/* Load them all; says what is wrong. */
enum exit_code model_list_load(struct model_list *list, det_context *context,
                               struct console *console);

void model_list_destroy(struct model_list *list);

#endif
