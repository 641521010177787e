/* SPDX-License-Identifier: MIT */
/* RUN/curves.svg: what RUN/metrics.jsonl says, drawn. */
#ifndef APPS_TRAIN_CURVES_H
#define APPS_TRAIN_CURVES_H

#include "apps/console.h"
#include "detect/train.h"

/* Draw it anew.  What goes wrong is a warning: training goes on. */
void train_curves_write(const char *run, const char *architecture,
                        const det_trainer *trainer, struct console *console);

#endif
