/* SPDX-License-Identifier: MIT */
/* The commands of `detect-data`, each in a file of its own. */
#ifndef APPS_DATA_JOB_H
#define APPS_DATA_JOB_H

#include "apps/console.h"
#include "apps/data_options.h"
#include "apps/exit_code.h"

struct data_job {
    struct console *console;
    const struct data_options *options;
    det_context *context;
    det_dataset *dataset;
};

/* Print what is wrong; EXIT_DATASET when there are errors. */
enum exit_code data_check(struct data_job *job);
/* Print tables of what there is. */
enum exit_code data_stats(struct data_job *job);
enum exit_code data_draw(struct data_job *job);
enum exit_code data_convert(struct data_job *job);
enum exit_code data_split(struct data_job *job);
/* Generate scenes; job->dataset becomes theirs. */
enum exit_code data_scenes(struct data_job *job);

/* A folder to write into, made when it is missing. */
enum exit_code data_make_folder(struct data_job *job, const char *path);

/* Report a failed call; its message begins with the file's name or gets
 * `path` put before it. */
enum exit_code data_report(struct data_job *job, const char *path,
                           det_status status);

#endif
