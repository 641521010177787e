/* SPDX-License-Identifier: MIT */
/* A model's labels by the names that others have for them. */
#ifndef APPS_LABEL_NAMES_H
#define APPS_LABEL_NAMES_H

#include <stdbool.h>

#include "detect/detect.h"

/* The first label of this name, whatever its case; -1: none. */
int32_t label_named(const det_model *model, const char *name);

/* Whether a class of this name may be the label at this place: ImageNet's
 * classes go by many names ("n01440764", "tench", "tench, Tinca tinca") but by
 * one order.  False when the name is that of another label alone. */
bool label_may_be(const det_model *model, int32_t place, const char *name);

#endif
