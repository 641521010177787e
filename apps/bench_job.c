/* SPDX-License-Identifier: MIT */
#include "apps/bench_job.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/bench_report.h"
#include "apps/default_model.h"
#include "apps/interrupt.h"
#include "apps/precision_argument.h"
#include "apps/progress.h"
#include "apps/standard_files.h"

static enum exit_code out_of_memory(struct bench_job *job)
{
    console_error(job->console, "out of memory");
    return EXIT_MEMORY;
}

/* ------------------------------------------------------------------ opening */

static enum exit_code choose_model(struct bench_job *job)
{
    job->models = job->options->models;
    job->models.precision = job->options->session.options.precision;
    if (job->models.count > 0)
        return EXIT_DONE;
    job->default_model = default_model_path();
    if (!job->default_model) {
        console_error(job->console,
                      "no model given, and none came with detect; use -m FILE "
                      "or set DETECT_MODEL");
        return EXIT_USAGE;
    }
    model_list_add(&job->models, job->default_model);
    return EXIT_DONE;
}

static enum exit_code load_model(struct bench_job *job)
{
    const enum exit_code code = choose_model(job);
    return code == EXIT_DONE
               ? model_list_load(&job->models, job->context, job->console)
               : code;
}

static bool is_of_cpu(const struct bench_job *job)
{
    const char *device = job->options->models.device;
    return !device || strcmp(device, "cpu") == 0;
}

static det_status measure_limit(struct bench_job *job)
{
    const det_session_options *o = &job->options->session.options;
    if (!is_of_cpu(job))
        return bench_limit_measure_device(&job->limit, job->context,
                                          job->options->models.device,
                                          o->precision);
    bench_limit_measure(&job->limit, o->threads);
    return DET_OK;
}

static enum exit_code measure_first_limit(struct bench_job *job)
{
    const det_status status = measure_limit(job);
    if (status == DET_OK)
        return EXIT_DONE;
    console_error(job->console, "%s", det_context_message(job->context));
    return exit_code_for_input(status);
}

enum exit_code bench_job_open(struct bench_job *out,
                              const struct bench_options *options,
                              struct console *console)
{
    *out = (struct bench_job){.options = options, .console = console};
    if (!bench_image_open(&out->image, options->photo, &options->image,
                          &options->size))
        return out_of_memory(out);
    enum exit_code code = console_open_context(
        &out->context, options->session.options.threads, console);
    if (code == EXIT_DONE)
        code = load_model(out);
    return code == EXIT_DONE
               ? bench_network_open(&out->network, out->models.models[0],
                                    out->models.paths[0], options, out->context,
                                    console)
               : code;
}

void bench_job_close(struct bench_job *job)
{
    bench_network_close(&job->network);
    model_list_destroy(&job->models);
    bench_image_close(&job->image);
    det_context_destroy(&job->context);
    bench_times_free(&job->times);
    bench_layers_free(&job->layers);
    free(job->default_model);
    job->default_model = NULL;
}

/* ------------------------------------------------------------------ running */

static enum exit_code fail_run(struct bench_job *job, det_status status,
                               const char *text)
{
    if (interrupt_signal())
        return EXIT_INPUT; /* the signal decides */
    console_error_about(job->console,
                        job->options->photo ? job->options->photo : "--size",
                        text);
    return exit_code_for_input(status);
}

static enum exit_code run_once(struct bench_job *job, struct bench_run *run)
{
    const double start = progress_clock();
    det_status status =
        bench_image_read(&job->image, job->context, &run->stages[0].seconds);
    if (status != DET_OK)
        return fail_run(job, status, det_context_message(job->context));
    status = bench_network_run(&job->network, &job->image.pixels, run);
    if (status != DET_OK)
        return fail_run(job, status, bench_network_message(&job->network));
    run->seconds = progress_clock() - start;
    return EXIT_DONE;
}

static enum exit_code start_watching(struct bench_job *job)
{
    if (job->options->layers &&
        bench_network_watch(&job->network, bench_layers_see, &job->layers) !=
            DET_OK)
        return out_of_memory(job);
    return EXIT_DONE;
}

/* Run `index`, the warm-up among them. */
static enum exit_code run_index(struct bench_job *job, size_t index)
{
    struct bench_run run = {0};
    enum exit_code code = EXIT_DONE;
    if (index == job->options->warmup)
        code = start_watching(job);
    if (code == EXIT_DONE)
        code = run_once(job, &run);
    if (code != EXIT_DONE || index < job->options->warmup)
        return code;
    console_note(job->console, "run %zu: %.2f ms", job->times.runs + 1,
                 1e3 * run.seconds);
    return bench_layers_end_run(&job->layers) &&
                   bench_times_add(&job->times, &run)
               ? EXIT_DONE
               : out_of_memory(job);
}

static enum exit_code run_all(struct bench_job *job)
{
    const struct bench_options *o = job->options;
    const size_t all = (size_t)(o->warmup + o->repeat);
    struct progress progress;
    enum exit_code code = EXIT_DONE;
    progress_begin(&progress, job->console, all,
                   !o->no_progress && job->console->verbosity >= 0);
    for (size_t i = 0; i < all && code == EXIT_DONE && !interrupt_signal();
         i++) {
        progress_show(&progress, i, i < o->warmup ? "warming up" : "measuring");
        code = run_index(job, i);
    }
    console_clear(job->console);
    return code;
}

static enum exit_code print(struct bench_job *job)
{
    const struct bench_options *o = job->options;
    const struct bench_report report = {
        .model = job->models.paths[0],
        .architecture = det_model_architecture(job->models.models[0]),
        .image = o->photo,
        .width = job->image.pixels.width,
        .height = job->image.pixels.height,
        .batch = job->network.batch,
        .device = o->models.device ? o->models.device : "cpu",
        .precision = precision_argument_name(o->session.options.precision),
        .limit = &job->limit,
        .times = &job->times,
        .layers = o->layers ? &job->layers : NULL};
    (o->json ? bench_json_print : bench_table_print)(&report);
    return standard_files_flush(job->console);
}

static enum exit_code signal_code(void)
{
    switch (interrupt_signal()) {
    case 0:
        return EXIT_DONE;
    case SIGTERM:
        return EXIT_TERMINATE;
    default:
        return EXIT_INTERRUPT;
    }
}

/* What was measured is worth more than to know that nobody disturbed it. */
static void check_limit(struct bench_job *job)
{
    if (measure_limit(job) == DET_OK)
        bench_limit_check(&job->limit, job->console);
    else
        console_warn(job->console,
                     "its limit could not be measured again after the runs: %s",
                     det_context_message(job->context));
}

enum exit_code bench_job_run(struct bench_job *job)
{
    enum exit_code code = measure_first_limit(job);
    if (code == EXIT_DONE)
        code = run_all(job);
    if (interrupt_signal()) {
        if (job->times.runs > 0)
            print(job);
        return signal_code();
    }
    if (code != EXIT_DONE)
        return code;
    check_limit(job);
    return print(job);
}
