/* SPDX-License-Identifier: MIT */
/* One call of `detect`: what it needs, and its loop over the images. */
#ifndef APPS_DETECT_JOB_H
#define APPS_DETECT_JOB_H

#include "apps/console.h"
#include "apps/detect_options.h"
#include "apps/exit_code.h"
#include "apps/image_ahead.h"
#include "apps/inputs.h"
#include "apps/output_format.h"
#include "apps/overlay_names.h"
#include "apps/time_table.h"

struct detect_job {
    const struct detect_options *options;
    struct console *console;
    struct inputs inputs;
    struct overlay_names overlays; /* empty without --output */
    int64_t *image_ids;            /* NULL unless the format has them */
    char *default_model;           /* path, when the options name none */
    det_context *context;
    struct model_list models;
    det_session *session;
    struct image_ahead *ahead;
    bool batch_failed; /* so photos are looked at one by one */
    struct output output;
    struct time_table times;
};

/* Settle the inputs and the names of the outputs, then load the model.
 * Returned with detect_job_close, also after a failure. */
enum exit_code detect_job_open(struct detect_job *out,
                               const struct detect_options *options,
                               struct console *console);

/* Do all images.  One that fails is reported and the others are done; only
 * stdout or an overlay that cannot be written, or a signal, ends it early. */
enum exit_code detect_job_run(struct detect_job *job);

void detect_job_close(struct detect_job *job);

#endif
