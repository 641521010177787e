/* SPDX-License-Identifier: MIT */
#include "apps/eval_run.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/eval_labels.h"
#include "apps/eval_numbers.h"
#include "apps/interrupt.h"
#include "apps/progress.h"
#include "detect/classify.h"

static const double seconds_between_aps = 10;

struct run {
    const struct eval_options *options;
    struct console *console;
    det_context *context;
    const det_dataset *dataset;
    det_results *results;
    uint8_t *judged;
    struct model_list models;
    det_model *model;           /* the first of them */
    det_session *session;       /* of a detector */
    det_classifier *classifier; /* or this */
    float *probabilities;       /* [labels], of a classifier */
    struct eval_labels labels;
    det_journal *journal; /* NULL without --results */
    struct progress progress;
    double ap, ap_time; /* the running one and when it was computed */
};

/* ------------------------------------------------------------------ opening */

static int stop_requested(void *user, det_stage stage)
{
    (void)user;
    (void)stage;
    return interrupt_signal();
}

static enum exit_code fail_context(const struct run *run, const char *path,
                                   det_status status)
{
    console_error_about(run->console, path, det_context_message(run->context));
    return exit_code_for_input(status);
}

static det_status open_classifier(struct run *run)
{
    const int32_t labels = det_model_label_count(run->model);
    det_classifier_options options;
    det_classifier_options_init(&options);
    options.threads = run->options->session.options.threads;
    options.views = run->options->views;
    run->probabilities = calloc((size_t)labels, sizeof *run->probabilities);
    if (!run->probabilities)
        return DET_ERROR_MEMORY;
    return det_classifier_create(run->model, &options, &run->classifier);
}

static const char *find_classifier(const struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (det_model_is_classifier(list->models[i]))
            return list->paths[i];
    return NULL;
}

/* What was asked for must be something that the models do. */
static enum exit_code check_models(const struct run *run)
{
    const struct eval_options *o = run->options;
    const char *path = find_classifier(&run->models);
    if (path && o->models.count > 1)
        console_error(run->console,
                      "%s is a classifier; only detectors decide together: "
                      "give one -m",
                      path);
    else if (path && o->session.given)
        console_error(run->console, "--%s is of detectors; %s is a classifier",
                      o->session.given, path);
    else if (!path && o->has_views)
        console_error(run->console,
                      "--views is of classifiers; %s is a "
                      "detector",
                      o->models.paths[0]);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

static enum exit_code open_model(struct run *run)
{
    det_session_options options = run->options->session.options;
    run->models = run->options->models;
    enum exit_code code =
        model_list_load(&run->models, run->context, run->console);
    if (code == EXIT_DONE)
        code = check_models(run);
    if (code != EXIT_DONE)
        return code;
    run->model = run->models.models[0];
    options.progress = stop_requested;
    const det_status status =
        det_model_is_classifier(run->model)
            ? open_classifier(run)
            : det_session_create_ensemble(
                  (const det_model *const *)run->models.models,
                  run->models.count, &options, &run->session);
    if (status != DET_OK)
        return fail_context(run, run->models.paths[0], status);
    return eval_labels_match(&run->labels, run->dataset, run->model,
                             run->console);
}

/* "[400,600]" */
static void write_scales(char *out, size_t size, const det_session_options *s)
{
    size_t at = (size_t)snprintf(out, size, "[");
    for (size_t i = 0; i < s->scale_count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, i ? ",%d" : "%d",
                               s->scales[i]);
    if (at < size)
        snprintf(out + at, size - at, "]");
}

/* What must be the same for a run to go on: sizes stand for contents. */
static void make_header(char *out, size_t size, const struct run *run)
{
    const struct eval_options *o = run->options;
    const det_session_options *s = &o->session.options;
    char scales[160];
    struct stat annotations = {0}, model = {0};
    stat(o->annotations, &annotations);
    for (size_t i = 0; i < o->models.count; i++) {
        struct stat one = {0};
        stat(o->models.paths[i], &one);
        model.st_size += one.st_size;
    }
    write_scales(scales, sizeof scales, s);
    snprintf(out, size,
             "{\"detect-eval\":1,\"annotations\":%" PRIdMAX
             ",\"model\":%" PRIdMAX ",\"shard\":[%" PRIu64 ",%" PRIu64
             "],\"limit\":%" PRIu64
             ",\"sizes\":[%d,%d,%d,%d],\"choice\":[%.17g,%.17g,%d,%.17g,%d]"
             ",\"refine\":[%d,%.17g],\"scales\":%s,\"views\":[%d,%d,%d,%d]}",
             (intmax_t)annotations.st_size, (intmax_t)model.st_size, o->shard,
             o->shards, o->most_images, s->min_size, s->max_size, s->proposals,
             s->max_detections, s->score_threshold, s->nms_threshold,
             (int)s->suppression, s->soft_nms_sigma, s->nms_across_classes,
             s->refinements, s->vote_threshold, scales, (int)s->scale_merge,
             s->not_mirrored, (int)o->views, s->in_order);
}

static enum exit_code open_journal(struct run *run)
{
    char header[768], *path;
    if (!run->options->results)
        return EXIT_DONE;
    if (asprintf(&path, "%s.part", run->options->results) < 0) {
        console_error(run->console, "out of memory");
        return EXIT_MEMORY;
    }
    make_header(header, sizeof header, run);
    const det_status status = det_journal_open(
        run->context, run->results, path, header, run->judged, &run->journal);
    const enum exit_code code =
        status == DET_OK ? EXIT_DONE : fail_context(run, path, status);
    free(path);
    return code;
}

/* ----------------------------------------------------------------- one image
 */

/* A label that is no category of this data set is passed over. */
static enum exit_code add(struct run *run, int64_t image_id, det_detection d)
{
    const int64_t id =
        d.label < run->labels.count ? run->labels.ids[d.label] : -1;
    if (id < 0 || id > INT32_MAX)
        return EXIT_DONE;
    d.label = (int32_t)id;
    const det_status status =
        det_results_add(run->context, run->results, image_id, &d);
    return status == DET_OK ? EXIT_DONE
                            : fail_context(run, run->options->results, status);
}

/* What was added belongs to this image, which is done. */
static enum exit_code finish_image(struct run *run, int64_t image_id)
{
    if (!run->journal)
        return EXIT_DONE;
    const det_status status =
        det_journal_write(run->context, run->journal, image_id);
    return status == DET_OK ? EXIT_DONE
                            : fail_context(run, run->options->results, status);
}

static enum exit_code keep(struct run *run, int64_t image_id,
                           const det_result *result)
{
    for (size_t i = 0; i < det_result_count(result); i++) {
        const enum exit_code code =
            add(run, image_id, *det_result_detection(result, i));
        if (code != EXIT_DONE)
            return code;
    }
    return finish_image(run, image_id);
}

/* The most probable labels, as results without a box. */
static enum exit_code keep_classes(struct run *run, int64_t image_id)
{
    enum { MOST = 10 };
    const int32_t labels = det_model_label_count(run->model);
    for (int i = 0; i < MOST && i < labels; i++) {
        det_detection d = {.x = NAN, .y = NAN, .w = NAN, .h = NAN};
        for (int32_t k = 1; k < labels; k++)
            if (run->probabilities[k] > run->probabilities[d.label])
                d.label = k;
        d.score = run->probabilities[d.label];
        run->probabilities[d.label] = -1; /* taken */
        const enum exit_code code = add(run, image_id, d);
        if (code != EXIT_DONE)
            return code;
    }
    return finish_image(run, image_id);
}

static enum exit_code classify(struct run *run, const det_image *image,
                               const det_dataset_image *entry)
{
    const det_pixels pixels = det_image_pixels(image);
    const det_status status =
        det_classifier_run(run->classifier, &pixels, run->probabilities);
    if (status == DET_OK)
        return keep_classes(run, entry->id);
    console_error_about(run->console, entry->file_name,
                        det_classifier_message(run->classifier));
    return exit_code_for_input(status);
}

static enum exit_code detect(struct run *run, const det_image *image,
                             const det_dataset_image *entry)
{
    det_result *result = NULL;
    const det_pixels pixels = det_image_pixels(image);
    const det_status status = det_session_run(run->session, &pixels, &result);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_INPUT;
    if (status != DET_OK) {
        console_error_about(run->console, entry->file_name,
                            det_session_message(run->session));
        return exit_code_for_input(status);
    }
    const enum exit_code code = keep(run, entry->id, result);
    det_result_destroy(&result);
    return code;
}

/* A picture that cannot be read stops the run: an AP over fewer images than
 * there are would look right. */
static enum exit_code do_image(struct run *run, size_t index,
                               const det_dataset_image *entry)
{
    det_image *image = NULL;
    const det_status status = det_dataset_load_image(
        run->context, run->dataset, index, run->options->images, NULL, &image);
    if (status == DET_OK) {
        const enum exit_code code =
            (run->classifier ? classify : detect)(run, image, entry);
        det_image_destroy(&image);
        return code;
    }
    const enum exit_code code = fail_context(run, entry->file_name, status);
    if (!run->options->count_bad)
        return code;
    return keep(run, entry->id, NULL);
}

/* ---------------------------------------------------------------- all images
 */

static double running_ap(const struct run *run)
{
    det_evaluate_options options = run->options->evaluate;
    det_evaluation *evaluation = NULL;
    det_measure measure = {.value = -1};
    if (run->classifier)
        options.task = DET_TASK_TOP_K;
    options.images = run->judged;
    if (det_evaluate(run->context, run->dataset, run->results, &options,
                     &evaluation) == DET_OK)
        det_evaluation_measure(evaluation, 0, &measure);
    det_evaluation_destroy(&evaluation);
    return measure.value;
}

static void show_progress(struct run *run, size_t done, const char *name)
{
    char text[160];
    if (!run->progress.shown)
        return;
    const double now = progress_clock();
    if (done && now - run->ap_time >= seconds_between_aps) {
        run->ap = running_ap(run);
        run->ap_time = progress_clock();
    }
    if (run->ap >= 0)
        snprintf(text, sizeof text, "%s %.3f  %.120s",
                 run->classifier ? "top1" : "AP", run->ap, name);
    else
        snprintf(text, sizeof text, "%.140s", name);
    progress_show(&run->progress, done, text);
}

static bool is_wanted(const struct eval_options *o, size_t index)
{
    return (o->most_images == 0 || index < o->most_images) &&
           (o->shards == 0 || index % o->shards == o->shard - 1);
}

/* Images that are wanted and (not) done. */
static size_t count(const struct run *run, bool done)
{
    size_t sum = 0;
    const size_t images = det_dataset_image_count(run->dataset);
    for (size_t i = 0; i < images; i++)
        sum += is_wanted(run->options, i) && run->judged[i] == done;
    return sum;
}

static enum exit_code do_images(struct run *run)
{
    det_dataset_image entry;
    size_t done = 0;
    enum exit_code worst = EXIT_DONE;
    const size_t left = count(run, false), before = count(run, true);
    if (before)
        console_note(run->console,
                     "going on: %zu images were done before, %zu are left",
                     before, left);
    progress_begin(&run->progress, run->console, left,
                   !run->options->no_progress && run->console->verbosity >= 0);
    run->ap = -1;
    run->ap_time = progress_clock();
    for (size_t i = 0; det_dataset_get_image(run->dataset, i, &entry); i++) {
        if (!is_wanted(run->options, i) || run->judged[i])
            continue;
        show_progress(run, done++, entry.file_name);
        const enum exit_code code = do_image(run, i, &entry);
        if (interrupt_signal())
            break;
        worst = exit_code_worse(worst, code);
        if (code != EXIT_DONE)
            break;
        run->judged[i] = 1;
    }
    console_clear(run->console);
    return worst;
}

static enum exit_code interrupted(const struct run *run)
{
    if (run->options->results)
        console_error(run->console,
                      "stopped; the same command goes on from %s.part",
                      run->options->results);
    return interrupt_signal() == SIGTERM ? EXIT_TERMINATE : EXIT_INTERRUPT;
}

static enum exit_code work(struct run *run)
{
    if (!run->options->images && !det_dataset_folder(run->dataset)) {
        console_error(run->console,
                      "where are the images? add --images DIR (see "
                      "detect-eval -h)");
        return EXIT_USAGE;
    }
    enum exit_code code = open_model(run);
    if (code == EXIT_DONE)
        code = open_journal(run);
    if (code == EXIT_DONE)
        code = do_images(run);
    if (interrupt_signal())
        return interrupted(run);
    if (code != EXIT_DONE || !run->options->results)
        return code;
    const det_status status =
        det_results_save(run->context, run->results, run->options->results);
    if (status != DET_OK)
        return fail_context(run, run->options->results, status);
    det_journal_close(&run->journal, true);
    return EXIT_DONE;
}

enum exit_code eval_run(det_results *results, uint8_t *judged, bool *has_masks,
                        det_context *context, const det_dataset *dataset,
                        const struct eval_options *options,
                        struct console *console)
{
    struct run run = {.options = options,
                      .console = console,
                      .context = context,
                      .dataset = dataset,
                      .results = results,
                      .judged = judged};
    const enum exit_code code = work(&run);
    *has_masks = run.model && det_model_has_masks(run.model);
    det_journal_close(&run.journal, false);
    eval_labels_free(&run.labels);
    det_session_destroy(&run.session);
    det_classifier_destroy(&run.classifier);
    free(run.probabilities);
    model_list_destroy(&run.models);
    return code;
}
