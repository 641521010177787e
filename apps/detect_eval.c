/* SPDX-License-Identifier: MIT */
/* detect-eval: judge detections with the numbers of the official tools. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/console.h"
#include "apps/eval_numbers.h"
#include "apps/eval_options.h"
#include "apps/eval_run.h"
#include "apps/interrupt.h"
#include "apps/progress.h"
#include "apps/standard_files.h"

struct eval_job {
    const struct eval_options *options;
    struct console *console;
    det_context *context;
    det_dataset *dataset;
    det_results *results;
    uint8_t *judged; /* one byte for each image; NULL: all */
    bool has_masks;
    FILE *json; /* NULL without --json */
};

static enum exit_code fail(const struct eval_job *job, const char *path,
                           det_status status)
{
    console_error_about(job->console, path, det_context_message(job->context));
    return exit_code_for_input(status);
}

/* ------------------------------------------------------------------- loading
 */

static enum exit_code load_dataset(struct eval_job *job)
{
    det_dataset_options options;
    det_dataset_options_init(&options);
    options.format = job->options->format;
    options.list = job->options->list;
    const char *path = job->options->annotations;
    const det_status status =
        det_dataset_load(job->context, path, &options, &job->dataset);
    if (status != DET_OK)
        return fail(job, path, status);
    console_note(job->console,
                 "%s: %zu images, %zu categories, %zu "
                 "annotations",
                 path, det_dataset_image_count(job->dataset),
                 det_dataset_category_count(job->dataset),
                 det_dataset_annotation_count(job->dataset));
    return EXIT_DONE;
}

static enum exit_code load_predictions(struct eval_job *job)
{
    for (size_t i = 0; i < job->options->prediction_count; i++) {
        const char *path = job->options->predictions[i];
        const det_status status =
            det_results_append(job->context, job->results, path);
        if (status != DET_OK)
            return fail(job, path, status);
    }
    const char *merged = job->options->results;
    if (merged) {
        const det_status status =
            det_results_save(job->context, job->results, merged);
        if (status != DET_OK)
            return fail(job, merged, status);
    }
    const size_t unknown = det_results_unknown_count(job->results);
    if (unknown)
        console_warn(job->console,
                     "%zu of %zu results are of categories that the "
                     "annotations lack; nothing true is of them",
                     unknown, det_results_count(job->results));
    return EXIT_DONE;
}

static enum exit_code run_models(struct eval_job *job)
{
    const size_t images = det_dataset_image_count(job->dataset);
    job->judged = calloc(images + 1, 1);
    if (!job->judged) {
        console_error(job->console, "out of memory");
        return EXIT_MEMORY;
    }
    return eval_run(job->results, job->judged, &job->has_masks, job->context,
                    job->dataset, job->options, job->console);
}

static enum exit_code load(struct eval_job *job)
{
    const double start = progress_clock();
    enum exit_code code = load_dataset(job);
    if (code != EXIT_DONE)
        return code;
    const det_status status =
        det_results_create(job->context, job->dataset, &job->results);
    if (status != DET_OK)
        return fail(job, job->options->annotations, status);
    if (eval_runs_models(job->options))
        return run_models(job);
    code = load_predictions(job);
    console_note(job->console, "%zu results; all read in %.3f s",
                 det_results_count(job->results), progress_clock() - start);
    return code;
}

/* ------------------------------------------------------------------- judging
 */

static void print(const struct eval_job *job, det_task task,
                  const det_evaluation *evaluation)
{
    const char *name = eval_task_names[task];
    if (job->json != stdout) {
        printf("%s\n", name);
        eval_print_summary(stdout, evaluation);
        if (job->options->per_class)
            eval_print_classes(stdout, evaluation);
        eval_print_copypaste(stdout, name, evaluation);
    }
}

static size_t count_judged(const struct eval_job *job)
{
    const size_t images = det_dataset_image_count(job->dataset);
    size_t count = 0;
    for (size_t i = 0; i < images; i++)
        count += !job->judged || job->judged[i];
    return count;
}

/* Shares are of images that show something; says how many do not. */
static void warn_of_images(const struct eval_job *job, det_task task,
                           const det_evaluation *evaluation)
{
    det_measure m;
    if ((task != DET_TASK_TOP_K && task != DET_TASK_LOCALIZATION) ||
        !det_evaluation_measure(evaluation, 0, &m))
        return;
    const size_t images = count_judged(job);
    if (m.images < images)
        console_warn(job->console,
                     "%zu of %zu images have no true %s; they do not count",
                     images - m.images, images,
                     task == DET_TASK_TOP_K ? "class" : "box");
}

/* Without a classifier no class was guessed. */
static void warn_of_told_classes(const struct eval_job *job, det_task task)
{
    const struct eval_options *o = job->options;
    if (task == DET_TASK_LOCALIZATION && o->boxes.localizers.count &&
        o->models.count == 0)
        console_warn(job->console,
                     "there is no classifier: of these numbers only that of a "
                     "known class says something");
}

static det_evaluate_options options_of(const struct eval_job *job,
                                       det_task task)
{
    det_evaluate_options options = job->options->evaluate;
    options.task = task;
    options.images = job->judged;
    if (task == DET_TASK_TOP_K && job->options->top_count) {
        options.max_detections = job->options->top;
        options.max_detections_count = job->options->top_count;
    }
    return options;
}

static enum exit_code judge(struct eval_job *job, det_task task, bool first)
{
    const det_evaluate_options options = options_of(job, task);
    det_evaluation *evaluation = NULL;
    const double start = progress_clock();
    const det_status status = det_evaluate(job->context, job->dataset,
                                           job->results, &options, &evaluation);
    if (status != DET_OK)
        return fail(job, job->options->annotations, status);
    console_note(job->console, "%s: judged in %.3f s", eval_task_names[task],
                 progress_clock() - start);
    warn_of_images(job, task, evaluation);
    warn_of_told_classes(job, task);
    print(job, task, evaluation);
    if (job->json) {
        fprintf(job->json, "%s\"%s\":", first ? "{" : ",\n",
                eval_task_names[task]);
        eval_write_json(job->json, evaluation);
    }
    det_evaluation_destroy(&evaluation);
    return EXIT_DONE;
}

static bool is_wanted(const struct eval_job *job, det_task task)
{
    bool asked = false;
    for (int i = 0; i < EVAL_TASKS; i++)
        asked = asked || job->options->tasks[i];
    if (asked)
        return job->options->tasks[task];
    if (job->options->boxes.localizers.count)
        return task == DET_TASK_LOCALIZATION;
    if (det_dataset_is_classification(job->dataset))
        return task == DET_TASK_TOP_K;
    return task == DET_TASK_BBOX || (task == DET_TASK_SEGM && job->has_masks);
}

static enum exit_code judge_all(struct eval_job *job)
{
    bool first = true;
    for (int task = DET_TASK_BBOX; task < EVAL_TASKS; task++) {
        if (!is_wanted(job, (det_task)task))
            continue;
        const enum exit_code code = judge(job, (det_task)task, first);
        if (code != EXIT_DONE)
            return code;
        first = false;
    }
    if (job->json)
        fputs("}\n", job->json);
    return EXIT_DONE;
}

/* -------------------------------------------------------------------- report
 */

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static enum exit_code load_other(struct eval_job *job, det_results **other)
{
    const char *path = job->options->compare;
    if (!path)
        return EXIT_DONE;
    const det_status status =
        det_results_load(job->context, job->dataset, path, other);
    return status == DET_OK ? EXIT_DONE : fail(job, path, status);
}

static det_status save_report(struct eval_job *job, const det_results *other)
{
    const struct eval_options *o = job->options;
    det_evaluate_options options = o->evaluate;
    det_report_options report;
    det_report_options_init(&report);
    options.task = /* of masks, when masks alone are judged */
        is_wanted(job, DET_TASK_BBOX) ? DET_TASK_BBOX : DET_TASK_SEGM;
    options.images = job->judged;
    report.title = base_name(o->annotations);
    report.name =
        base_name(o->models.count ? o->models.paths[0] : o->predictions[0]);
    report.images = o->images;
    report.other = other;
    report.other_name = base_name(o->compare);
    return det_report_save(job->context, job->dataset, job->results, &options,
                           &report, o->report);
}

static enum exit_code write_report(struct eval_job *job)
{
    const char *folder = job->options->report;
    det_results *other = NULL;
    if (!folder)
        return EXIT_DONE;
    const enum exit_code code = load_other(job, &other);
    if (code != EXIT_DONE)
        return code;
    const det_status status = save_report(job, other);
    det_results_destroy(&other);
    if (status != DET_OK)
        return fail(job, folder, status);
    console_note(job->console, "%s/index.html: the report", folder);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------------- JSON
 */

static enum exit_code fail_json(const struct eval_job *job)
{
    console_error(job->console, "%s: cannot be written: %s", job->options->json,
                  strerror(errno));
    return EXIT_OUTPUT;
}

/* Opened before the work, so that a wrong path costs no hours. */
static enum exit_code open_json(struct eval_job *job)
{
    const char *path = job->options->json;
    if (!path)
        return EXIT_DONE;
    job->json = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    return job->json ? EXIT_DONE : fail_json(job);
}

static enum exit_code close_json(struct eval_job *job)
{
    if (!job->json || job->json == stdout)
        return EXIT_DONE;
    const bool bad = ferror(job->json);
    const bool closed = fclose(job->json) == 0;
    job->json = NULL;
    return bad || !closed ? fail_json(job) : EXIT_DONE;
}

static enum exit_code work(struct eval_job *job)
{
    enum exit_code code = console_open_context(
        &job->context, job->options->session.options.threads, job->console);
    if (code != EXIT_DONE)
        return code;
    code = open_json(job);
    if (code == EXIT_DONE)
        code = load(job);
    if (code == EXIT_DONE)
        code = judge_all(job);
    if (code == EXIT_DONE)
        code = write_report(job);
    return exit_code_worse(code, close_json(job));
}

int main(int argc, char **argv)
{
    standard_files_hold();
    interrupt_install();
    struct console console = {.program = "detect-eval"};
    struct eval_options options;
    enum exit_code code = eval_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.action == EVAL_JUDGE) {
        struct eval_job job = {.options = &options, .console = &console};
        code = work(&job);
        free(job.judged);
        det_results_destroy(&job.results);
        det_dataset_destroy(&job.dataset);
        det_context_destroy(&job.context);
    } else {
        eval_options_print(options.action);
    }
    eval_options_free(&options);
    return exit_code_worse(code, standard_files_flush(&console));
}
