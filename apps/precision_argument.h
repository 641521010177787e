/* SPDX-License-Identifier: MIT */
/* What --precision names: how a GPU computes a network. */
#ifndef APPS_PRECISION_ARGUMENT_H
#define APPS_PRECISION_ARGUMENT_H

#include <stdbool.h>

#include "detect/detect.h"

/* Whether `text` is fp32, tf32, bf16 or fp16. */
bool precision_argument_parse(det_precision *out, const char *text);

const char *precision_argument_name(det_precision precision);

#endif
