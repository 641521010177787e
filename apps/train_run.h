/* SPDX-License-Identifier: MIT */
/*
 * The folder of a run:
 *   run.txt        what it learns from, an option a line; for --resume
 *   settings.txt   all settings in use
 *   metrics.jsonl  what every few steps and validations gave
 *   curves.svg     the same, drawn
 *   checkpoint-*   see det_trainer_save
 *   model.safetensors
 */
#ifndef APPS_TRAIN_RUN_H
#define APPS_TRAIN_RUN_H

#include "apps/console.h"
#include "apps/train_options.h"

/* What run.txt says, whose texts stay as long as `text`. */
struct train_run {
    struct train_options options;
    char *text;
};

/* Make the folder and write settings.txt and run.txt; one that has a run
 * already is refused. */
enum exit_code train_run_create(const struct train_options *options,
                                const char *settings, struct console *console);

/* Read run.txt back; keeps what is not in it (verbosity). */
enum exit_code train_run_read(struct train_run *out,
                              const struct train_options *options,
                              struct console *console);
void train_run_free(struct train_run *run);

/* RUN/NAME in `path`, of PATH_MAX bytes. */
enum exit_code train_run_path(char *path, const char *run, const char *name,
                              struct console *console);

/* Write a small text file in the run, whole or not at all. */
enum exit_code train_run_write(const char *run, const char *name,
                               const char *text, struct console *console);

#endif
