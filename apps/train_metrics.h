/* SPDX-License-Identifier: MIT */
/* RUN/metrics.jsonl: one object a line, with Detectron2's names. */
#ifndef APPS_TRAIN_METRICS_H
#define APPS_TRAIN_METRICS_H

#include <limits.h>
#include <stdio.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/train.h"

enum { TRAIN_MOST_METRICS = 32 };

/* Sums of what the steps since the last line gave. */
struct train_metrics {
    FILE *file;
    char path[PATH_MAX];
    int64_t judged; /* iteration of the last validation in it; -1: none */
    size_t count;
    struct {
        const char *name;
        double sum, last;
        int64_t steps;
    } items[TRAIN_MOST_METRICS];
};

/* Open to append; lines of iterations after `iteration` are dropped, which an
 * interrupted run may have left. */
enum exit_code train_metrics_open(struct train_metrics *out, const char *run,
                                  int64_t iteration, struct console *console);
/* Does nothing the second time. */
enum exit_code train_metrics_close(struct train_metrics *metrics,
                                   struct console *console);

/* Add what the trainer's last step gave. */
void train_metrics_add(struct train_metrics *metrics,
                       const det_trainer *trainer);

/* The mean of a metric since the last line; NaN: there is none. */
double train_metrics_mean(const struct train_metrics *metrics,
                          const char *name);

/* A line of means, or only of the names that end in "_val" or hold "AP". */
enum exit_code train_metrics_write_steps(struct train_metrics *metrics,
                                         int64_t iteration, double eta_seconds,
                                         struct console *console);
enum exit_code train_metrics_write_validation(struct train_metrics *metrics,
                                              const det_trainer *trainer,
                                              struct console *console);

#endif
