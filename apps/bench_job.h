/* SPDX-License-Identifier: MIT */
/* One call of `detect-bench`: what it needs, and its runs. */
#ifndef APPS_BENCH_JOB_H
#define APPS_BENCH_JOB_H

#include "apps/bench_layers.h"
#include "apps/bench_limit.h"
#include "apps/bench_network.h"
#include "apps/bench_options.h"

struct bench_job {
    const struct bench_options *options;
    struct console *console;
    char *default_model; /* path, when the options name none */
    det_context *context;
    struct model_list models;
    struct bench_network network;
    struct bench_image image;
    struct bench_limit limit;
    struct bench_times times;
    struct bench_layers layers;
};

/* Load what is needed.  Returned with bench_job_close, also after a failure. */
enum exit_code bench_job_open(struct bench_job *out,
                              const struct bench_options *options,
                              struct console *console);

/* Run and print.  After a signal, what was measured so far. */
enum exit_code bench_job_run(struct bench_job *job);

void bench_job_close(struct bench_job *job);

#endif
