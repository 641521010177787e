/* SPDX-License-Identifier: MIT */
/* detect-train: learning, from a data set to a model file. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/blas_kernels.h"
#include "apps/console.h"
#include "apps/interrupt.h"
#include "apps/progress.h"
#include "apps/standard_files.h"
#include "apps/train_curves.h"
#include "apps/train_data.h"
#include "apps/train_metrics.h"
#include "apps/train_options.h"
#include "apps/train_run.h"

static const double seconds_between_lines = 1;

struct train_job {
    const struct train_options *options;
    struct console *console;
    det_context *context;
    struct train_data data;
    char *settings_text; /* of a run that goes on */
    det_trainer *trainer;
    struct train_metrics metrics;
    double start, shown; /* seconds */
    int64_t first;       /* iteration of the start */
};

/* ------------------------------------------------------------------ opening */

static enum exit_code fail_context(struct train_job *job, const char *path,
                                   det_status status)
{
    console_error_about(job->console, path, det_context_message(job->context));
    return exit_code_for_input(status);
}

static enum exit_code fail_trainer(struct train_job *job, det_status status)
{
    console_error(job->console, "%s", det_trainer_message(job->trainer));
    return exit_code_for_input(status);
}

static void report_bad_image(void *user, const char *image, const char *text)
{
    struct train_job *job = user;
    console_warn(job->console, "%s is passed over: %s", image, text);
}

static int ask_to_stop(void *user)
{
    (void)user;
    return interrupt_signal();
}

static enum exit_code create_trainer(struct train_job *job,
                                     const char *const *settings,
                                     size_t setting_count)
{
    const struct train_options *o = job->options;
    det_train_options options;
    det_train_options_init(&options);
    train_data_give(&job->data, &options);
    options.architecture = o->architecture;
    options.device = o->device;
    options.precision = o->precision;
    options.init = o->init;
    options.settings = settings;
    options.setting_count = setting_count;
    options.bad_image = report_bad_image;
    options.user = job;
    options.stop = ask_to_stop;
    const det_status status =
        det_trainer_create(job->context, &options, &job->trainer);
    return status == DET_OK ? EXIT_DONE : fail_context(job, "", status);
}

/* The lines of settings.txt. */
static enum exit_code resume_trainer(struct train_job *job)
{
    const char *lines[TRAIN_MOST_SETTINGS];
    char path[PATH_MAX];
    size_t count = 0, size = 0;
    enum exit_code code =
        train_run_path(path, job->options->run, "settings.txt", job->console);
    FILE *file = code == EXIT_DONE ? fopen(path, "re") : NULL;
    if (!file) {
        console_error(job->console, "%s: cannot be read", path);
        return EXIT_INPUT;
    }
    const ssize_t length = getdelim(&job->settings_text, &size, 0, file);
    fclose(file);
    char *rest = length > 0 ? job->settings_text : NULL, *line;
    while ((line = strsep(&rest, "\n")) && count < TRAIN_MOST_SETTINGS)
        if (*line)
            lines[count++] = line;
    code = create_trainer(job, lines, count);
    if (code != EXIT_DONE)
        return code;
    int found = 0;
    const det_status status =
        det_trainer_resume(job->trainer, job->options->run, &found);
    if (status != DET_OK)
        return fail_trainer(job, status);
    console_note(job->console,
                 found ? "goes on after iteration %" PRId64
                       : "no checkpoint yet: begins at %" PRId64,
                 det_trainer_iteration(job->trainer));
    return EXIT_DONE;
}

static enum exit_code begin_trainer(struct train_job *job)
{
    const struct train_options *o = job->options;
    enum exit_code code = create_trainer(job, o->settings, o->setting_count);
    if (code == EXIT_DONE)
        code = train_run_create(o, det_trainer_settings(job->trainer),
                                job->console);
    return code;
}

static enum exit_code open_job(struct train_job *job)
{
    const struct train_options *o = job->options;
    enum exit_code code = console_open_context(&job->context, 0, job->console);
    if (code == EXIT_DONE)
        code = train_data_load(&job->data, o, job->context, job->console);
    if (code == EXIT_DONE)
        code = o->resume ? resume_trainer(job) : begin_trainer(job);
    if (code != EXIT_DONE)
        return code;
    job->first = det_trainer_iteration(job->trainer);
    if (!o->device || strcmp(o->device, "cpu") == 0)
        blas_kernels_tell(job->console);
    console_note(job->console, "%s: %zu parameters, %" PRId64 " iterations",
                 o->architecture, det_trainer_parameter_count(job->trainer),
                 det_trainer_iterations(job->trainer));
    return train_metrics_open(&job->metrics, o->run, job->first, job->console);
}

static void close_job(struct train_job *job)
{
    train_metrics_close(&job->metrics, job->console);
    det_trainer_destroy(&job->trainer);
    train_data_free(&job->data);
    det_context_destroy(&job->context);
    free(job->settings_text);
}

/* ----------------------------------------------------------------- progress */

static double eta(const struct train_job *job)
{
    const int64_t now = det_trainer_iteration(job->trainer);
    const int64_t done = now - job->first;
    const double spent = progress_clock() - job->start;
    return done > 0 ? spent / (double)done *
                          (double)(det_trainer_iterations(job->trainer) - now)
                    : NAN;
}

static void show_progress(struct train_job *job)
{
    char text[256];
    const double now = progress_clock(), left = eta(job);
    if (job->options->no_progress || job->console->verbosity < 0 ||
        !isatty(STDERR_FILENO) || now - job->shown < seconds_between_lines)
        return;
    job->shown = now;
    const double step = train_metrics_mean(&job->metrics, "time");
    snprintf(text, sizeof text,
             "%" PRId64 "/%" PRId64 "  loss %.4f  lr %.3g  %.2f s/step  "
             "%d:%02d:%02d left",
             det_trainer_iteration(job->trainer),
             det_trainer_iterations(job->trainer),
             train_metrics_mean(&job->metrics, "total_loss"),
             train_metrics_mean(&job->metrics, "lr"), step, (int)(left / 3600),
             (int)(left / 60) % 60, (int)left % 60);
    console_status(job->console, text);
}

/* ------------------------------------------------------------------ running */

static enum exit_code save(struct train_job *job)
{
    const det_status status = det_trainer_save(job->trainer, job->options->run);
    return status == DET_OK ? EXIT_DONE : fail_trainer(job, status);
}

static enum exit_code validate(struct train_job *job)
{
    const char *name;
    double value;
    char text[256] = "";
    size_t length = 0;
    const det_status status = det_trainer_validate(job->trainer);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_DONE; /* the loop sees the signal */
    if (status != DET_OK)
        return fail_trainer(job, status);
    const enum exit_code code = train_metrics_write_validation(
        &job->metrics, job->trainer, job->console);
    if (code != EXIT_DONE)
        return code;
    for (size_t i = 0; det_trainer_metric(job->trainer, i, &name, &value) &&
                       length < sizeof text;
         i++)
        if (strstr(name, "_val") || strstr(name, "AP"))
            length += (size_t)snprintf(text + length, sizeof text - length,
                                       "  %s %.4f", name, value);
    console_note(job->console, "iteration %" PRId64 ":%s",
                 det_trainer_iteration(job->trainer), text);
    return EXIT_DONE;
}

static bool is_time(int64_t iteration, int64_t every, int64_t all)
{
    return iteration % every == 0 || iteration == all;
}

static void draw_curves(const struct train_job *job)
{
    train_curves_write(job->options->run, job->options->architecture,
                       job->trainer, job->console);
}

/* After a step: lines, validation, checkpoint. */
static enum exit_code follow_up(struct train_job *job)
{
    det_trainer *t = job->trainer;
    const int64_t at = det_trainer_iteration(t),
                  all = det_trainer_iterations(t);
    enum exit_code code = EXIT_DONE;
    train_metrics_add(&job->metrics, t);
    show_progress(job);
    if (is_time(at, det_trainer_log_every(t), all))
        code = train_metrics_write_steps(&job->metrics, at, eta(job),
                                         job->console);
    if (code == EXIT_DONE && is_time(at, det_trainer_validate_every(t), all)) {
        if (job->data.validation)
            code = validate(job);
        draw_curves(job);
    }
    if (code == EXIT_DONE && !interrupt_signal() &&
        is_time(at, det_trainer_save_every(t), all))
        code = save(job);
    return code;
}

static enum exit_code interrupt_code(struct train_job *job)
{
    const enum exit_code code = save(job);
    if (code != EXIT_DONE)
        return code;
    draw_curves(job);
    console_note(job->console, "stopped; detect-train --resume %s goes on",
                 job->options->run);
    return interrupt_signal() == SIGTERM ? EXIT_TERMINATE : EXIT_INTERRUPT;
}

/* The validation that the run had been stopped in. */
static enum exit_code catch_up(struct train_job *job)
{
    const bool has_missed =
        job->data.validation && job->first > 0 &&
        job->metrics.judged != job->first &&
        is_time(job->first, det_trainer_validate_every(job->trainer),
                det_trainer_iterations(job->trainer));
    return has_missed ? validate(job) : EXIT_DONE;
}

static enum exit_code step(struct train_job *job)
{
    const det_status status = det_trainer_step(job->trainer);
    if (status == DET_OK)
        return follow_up(job);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_DONE;
    console_clear(job->console);
    return fail_trainer(job, status);
}

static enum exit_code run(struct train_job *job)
{
    const det_trainer *t = job->trainer;
    job->start = progress_clock();
    enum exit_code code = catch_up(job);
    while (code == EXIT_DONE && !interrupt_signal() &&
           det_trainer_iteration(t) < det_trainer_iterations(t))
        code = step(job);
    console_clear(job->console);
    return code == EXIT_DONE && interrupt_signal() ? interrupt_code(job) : code;
}

static enum exit_code export_model(struct train_job *job)
{
    char path[PATH_MAX];
    const enum exit_code code = train_run_path(
        path, job->options->run, "model.safetensors", job->console);
    if (code != EXIT_DONE)
        return code;
    const det_status status = det_trainer_export(job->trainer, path);
    if (status == DET_ERROR_CANCELLED)
        return interrupt_code(job);
    if (status != DET_OK)
        return fail_trainer(job, status);
    console_note(job->console, "%s: the model", path);
    return EXIT_DONE;
}

static enum exit_code train(const struct train_options *options,
                            struct console *console)
{
    struct train_job job = {.options = options, .console = console};
    interrupt_at_once(true);
    enum exit_code code = open_job(&job);
    interrupt_at_once(false);
    if (code == EXIT_DONE)
        code = run(&job);
    if (code == EXIT_DONE)
        code = export_model(&job);
    if (code == EXIT_INTERRUPT || code == EXIT_TERMINATE)
        _exit(code); /* workers may hang in a file that never comes */
    if (code == EXIT_DONE)
        code = train_metrics_close(&job.metrics, console);
    close_job(&job);
    return code;
}

int main(int argc, char **argv)
{
    standard_files_hold();
    interrupt_install();
    struct console console = {.program = "detect-train"};
    struct train_options options;
    struct train_run again = {0};
    enum exit_code code = train_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.action != TRAIN_RUN) {
        train_options_print(options.action);
        return standard_files_flush(&console);
    }
    blas_kernels_choose(argv);
    if (options.resume)
        code = train_run_read(&again, &options, &console);
    if (code == EXIT_DONE)
        code = train(options.resume ? &again.options : &options, &console);
    train_run_free(&again);
    return exit_code_worse(code, standard_files_flush(&console));
}
