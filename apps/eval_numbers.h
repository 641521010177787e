/* SPDX-License-Identifier: MIT */
/* Evaluations as text, tables and JSON. */
#ifndef APPS_EVAL_NUMBERS_H
#define APPS_EVAL_NUMBERS_H

#include <stdbool.h>
#include <stdio.h>

#include "detect/eval.h"

/* By det_task; what parts of the output are called. */
extern const char *const eval_task_names[DET_TASK_LOCALIZATION + 1];

/* The summary in COCOeval's own layout; shares of images likewise. */
void eval_print_summary(FILE *out, const det_evaluation *evaluation);

/* Detectron2's line for spreadsheets: all names, then all numbers x 100. */
void eval_print_copypaste(FILE *out, const char *task,
                          const det_evaluation *evaluation);

/* A line for each class: its numbers x 100, "-" for nothing to find. */
void eval_print_classes(FILE *out, const det_evaluation *evaluation);

/* One object: numbers, and the same for each class. */
void eval_write_json(FILE *out, const det_evaluation *evaluation);

#endif
