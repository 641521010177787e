/* SPDX-License-Identifier: MIT */
/* What --views names: the parts of an image that a classifier looks at. */
#ifndef APPS_VIEWS_ARGUMENT_H
#define APPS_VIEWS_ARGUMENT_H

#include <stdbool.h>

#include "detect/classify.h"

/* Whether `text` is center, ten or full. */
bool views_argument_parse(det_views *out, const char *text);

#endif
