/* SPDX-License-Identifier: MIT */
#include "apps/eval_run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/eval_look.h"
#include "apps/eval_numbers.h"
#include "apps/image_ahead.h"
#include "apps/interrupt.h"
#include "apps/progress.h"

static const double seconds_between_measures = 10;

struct run {
    const struct eval_options *options;
    struct console *console;
    det_context *context;
    const det_dataset *dataset;
    det_results *results;
    uint8_t *judged;
    struct eval_look look;
    det_journal *journal; /* NULL without --results */
    size_t *wanted;       /* [num_wanted], images that are to be done */
    size_t num_wanted;
    struct image_ahead *ahead;
    struct progress progress;
    char measure[48];    /* the running one, "AP 0.407  " ... */
    double measure_time; /* ... and when it was computed */
};

static enum exit_code fail_context(const struct run *run, const char *path,
                                   det_status status)
{
    console_error_about(run->console, path, det_context_message(run->context));
    return exit_code_for_input(status);
}

/* ------------------------------------------------------------------ journal */

/* "[400,600]" */
static void write_scales(char *out, size_t size, const int32_t *scales,
                         size_t count)
{
    size_t at = (size_t)snprintf(out, size, "[");
    for (size_t i = 0; i < count && at < size; i++)
        at +=
            (size_t)snprintf(out + at, size - at, i ? ",%d" : "%d", scales[i]);
    if (at < size)
        snprintf(out + at, size - at, "]");
}

static intmax_t size_of(const char *path)
{
    struct stat file = {0};
    return stat(path, &file) == 0 ? (intmax_t)file.st_size : 0;
}

static intmax_t size_of_all(const struct model_list *models)
{
    intmax_t sum = 0;
    for (size_t i = 0; i < models->count; i++)
        sum += size_of(models->paths[i]);
    return sum;
}

/* What must be the same for a run to go on: sizes stand for contents. */
static void make_header(char *out, size_t size, const struct run *run)
{
    const struct eval_options *o = run->options;
    const det_session_options *s = &o->session.options;
    char scales[160], box_scales[160];
    write_scales(scales, sizeof scales, s->scales, s->scale_count);
    write_scales(box_scales, sizeof box_scales, o->boxes.scales.sides,
                 o->boxes.scales.count);
    snprintf(
        out, size,
        "{\"detect-eval\":1,\"annotations\":%" PRIdMAX ",\"model\":%" PRIdMAX
        ",\"shard\":[%" PRIu64 ",%" PRIu64 "],\"limit\":%" PRIu64
        ",\"batch\":%" PRIu64
        ",\"sizes\":[%d,%d,%d,%d],\"choice\":[%.17g,%.17g,%d,%.17g,%d]"
        ",\"refine\":[%d,%.17g],\"scales\":%s,\"views\":[%d,%d,%d,%d]"
        ",\"boxes\":[%" PRIdMAX ",%" PRIdMAX ",%d,%d],\"box_scales\":%s}",
        size_of(o->annotations), size_of_all(&o->models), o->shard, o->shards,
        o->most_images, o->batch, s->min_size, s->max_size, s->proposals,
        s->max_detections, s->score_threshold, s->nms_threshold,
        (int)s->suppression, s->soft_nms_sigma, s->nms_across_classes,
        s->refinements, s->vote_threshold, scales, (int)s->scale_merge,
        s->not_mirrored, (int)o->views, s->in_order + 2 * (int)s->precision,
        size_of_all(&o->boxes.localizers), size_of_all(&o->boxes.rescorers),
        o->all_boxes, (int)o->boxes.views, box_scales);
}

static enum exit_code open_journal(struct run *run)
{
    char header[1024], *path;
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

static enum exit_code keep(struct run *run, const det_dataset_image *image)
{
    for (size_t i = 0; i < run->look.count; i++) {
        const det_status status = det_results_add(
            run->context, run->results, image->id, &run->look.found[i]);
        if (status != DET_OK)
            return fail_context(run, image->file_name, status);
    }
    return finish_image(run, image->id);
}

/* A picture that cannot be read stops the run: an AP over fewer images than
 * there are would look right. */
static enum exit_code do_unreadable(struct run *run,
                                    const struct eval_image *image,
                                    const struct ahead_image *decoded)
{
    console_error_about(run->console, image->entry.file_name, decoded->message);
    return run->options->count_bad ? finish_image(run, image->entry.id)
                                   : exit_code_for_input(decoded->status);
}

/* ---------------------------------------------------------------- all images
 */

/* Of localization without a classifier only what is told counts. */
static bool is_shown(const struct run *run, const det_measure *measure)
{
    return !run->look.finder.localizer || run->look.classifier ||
           strcmp(measure->name, "known_class_loc_error") == 0;
}

static void update_measure(struct run *run)
{
    det_evaluate_options options = run->options->evaluate;
    det_evaluation *evaluation = NULL;
    det_measure measure;
    options.task = eval_look_task(&run->look);
    options.images = run->judged;
    if (det_evaluate(run->context, run->dataset, run->results, &options,
                     &evaluation) != DET_OK)
        return;
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &measure); i++)
        if (measure.value >= 0 && is_shown(run, &measure)) {
            snprintf(run->measure, sizeof run->measure, "%.24s %.3f  ",
                     measure.name, measure.value);
            break;
        }
    det_evaluation_destroy(&evaluation);
}

static void show_progress(struct run *run, size_t done, const char *name)
{
    char text[160];
    if (!run->progress.shown)
        return;
    const double now = progress_clock();
    if (done && now - run->measure_time >= seconds_between_measures) {
        update_measure(run);
        run->measure_time = progress_clock();
    }
    snprintf(text, sizeof text, "%s%.100s", run->measure, name);
    progress_show(&run->progress, done, text);
}

static bool is_wanted(const struct eval_options *o, size_t index)
{
    return (o->most_images == 0 || index < o->most_images) &&
           (o->shards == 0 || index % o->shards == o->shard - 1);
}

static size_t count_done(const struct run *run)
{
    size_t sum = 0;
    const size_t images = det_dataset_image_count(run->dataset);
    for (size_t i = 0; i < images; i++)
        sum += is_wanted(run->options, i) && run->judged[i];
    return sum;
}

/* Those that are to be done, in order. */
static enum exit_code list_wanted(struct run *run)
{
    const size_t images = det_dataset_image_count(run->dataset);
    run->wanted = calloc(images ? images : 1, sizeof *run->wanted);
    if (!run->wanted) {
        console_error(run->console, "out of memory");
        return EXIT_MEMORY;
    }
    for (size_t i = 0; i < images; i++)
        if (is_wanted(run->options, i) && !run->judged[i])
            run->wanted[run->num_wanted++] = i;
    return EXIT_DONE;
}

static det_status load_image(void *user, det_context *context, size_t place,
                             det_image **out)
{
    const struct run *run = user;
    return det_dataset_load_image(context, run->dataset, run->wanted[place],
                                  run->options->images, NULL, out);
}

static enum exit_code open_ahead(struct run *run)
{
    const struct image_ahead_config config = {
        .load = load_image,
        .user = run,
        .context = run->context,
        .count = run->num_wanted,
        .ahead = 2 * run->options->batch,
        .workers = image_ahead_workers(run->options->models.device)};
    return image_ahead_open(&run->ahead, &config, run->console);
}

/* Images of one batch. */
struct group {
    struct eval_image images[DET_MOST_IMAGES];
    struct ahead_image decoded[DET_MOST_IMAGES];
    size_t count;
    bool complete; /* no signal came */
};

/* Up to the first that cannot be decoded, which is the last then. */
static void load_group(struct run *run, struct group *g, size_t first)
{
    *g = (struct group){.complete = true};
    while (g->complete && g->count < run->options->batch &&
           first + g->count < run->num_wanted) {
        struct eval_image *image = &g->images[g->count];
        struct ahead_image *decoded = &g->decoded[g->count];
        g->complete = image_ahead_next(run->ahead, decoded);
        if (!g->complete)
            return;
        g->count++;
        image->index = run->wanted[first + g->count - 1];
        det_dataset_get_image(run->dataset, image->index, &image->entry);
        if (decoded->status != DET_OK)
            return;
        image->pixels = det_image_pixels(decoded->image);
    }
}

static void free_group(struct group *g)
{
    for (size_t i = 0; i < g->count; i++)
        det_image_destroy(&g->decoded[i].image);
}

static enum exit_code do_image(struct run *run, const struct group *g, size_t i)
{
    const struct eval_image *image = &g->images[i];
    if (!g->decoded[i].image)
        return do_unreadable(run, image, &g->decoded[i]);
    const enum exit_code code = eval_look_at(&run->look, image, i);
    return code == EXIT_DONE ? keep(run, &image->entry) : code;
}

static enum exit_code do_group(struct run *run, const struct group *g)
{
    enum exit_code code = EXIT_DONE;
    size_t good = g->count;
    if (good > 0 && !g->decoded[good - 1].image)
        good--;
    eval_look_together(&run->look, g->images, good);
    for (size_t i = 0; i < g->count && code == EXIT_DONE; i++) {
        code = do_image(run, g, i);
        if (interrupt_signal())
            return code;
        if (code == EXIT_DONE)
            run->judged[g->images[i].index] = 1;
    }
    return code;
}

static enum exit_code do_groups(struct run *run)
{
    enum exit_code code = EXIT_DONE;
    size_t done = 0;
    while (done < run->num_wanted && code == EXIT_DONE && !interrupt_signal()) {
        struct group group;
        det_dataset_image entry;
        det_dataset_get_image(run->dataset, run->wanted[done], &entry);
        show_progress(run, done, entry.file_name);
        load_group(run, &group, done);
        if (group.complete)
            code = do_group(run, &group);
        done += group.count;
        free_group(&group);
    }
    return code;
}

static enum exit_code do_images(struct run *run)
{
    enum exit_code code = list_wanted(run);
    const size_t before = count_done(run);
    if (code == EXIT_DONE)
        code = open_ahead(run);
    if (code != EXIT_DONE)
        return code;
    if (before)
        console_note(run->console,
                     "going on: %zu images were done before, %zu are left",
                     before, run->num_wanted);
    progress_begin(&run->progress, run->console, run->num_wanted,
                   !run->options->no_progress && run->console->verbosity >= 0);
    run->measure_time = progress_clock();
    code = do_groups(run);
    console_clear(run->console);
    return code;
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
    enum exit_code code = eval_look_open(&run->look, run->options, run->context,
                                         run->dataset, run->console);
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
    *has_masks = eval_look_has_masks(&run.look);
    image_ahead_close(&run.ahead);
    free(run.wanted);
    det_journal_close(&run.journal, false);
    eval_look_close(&run.look);
    return code;
}
