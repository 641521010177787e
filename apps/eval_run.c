/* SPDX-License-Identifier: MIT */
#include "apps/eval_run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/eval_groups.h"
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
    struct eval_groups groups;
    size_t done; /* images, since this run began */
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

static void mark_done(struct run *run, size_t index)
{
    run->judged[index] = 1;
    run->done++;
}

/* A picture that cannot be read stops the run: an AP over fewer images than
 * there are would look right. */
static enum exit_code do_unreadable(struct run *run,
                                    const struct eval_image *image,
                                    const struct ahead_image *decoded)
{
    const bool counted = run->options->count_bad;
    if (counted && run->judged[image->index])
        return EXIT_DONE; /* and said before */
    console_error_about(run->console, image->entry.file_name, decoded->message);
    if (!counted)
        return exit_code_for_input(decoded->status);
    const enum exit_code code = finish_image(run, image->entry.id);
    if (code == EXIT_DONE)
        mark_done(run, image->index);
    return code;
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

static void show_progress(struct run *run, size_t index)
{
    det_dataset_image entry;
    char text[160];
    if (!run->progress.shown)
        return;
    const double now = progress_clock();
    if (run->done && now - run->measure_time >= seconds_between_measures) {
        update_measure(run);
        run->measure_time = progress_clock();
    }
    det_dataset_get_image(run->dataset, index, &entry);
    snprintf(text, sizeof text, "%s%.100s", run->measure, entry.file_name);
    progress_show(&run->progress, run->done, text);
}

static det_status load_image(void *user, det_context *context, size_t place,
                             det_image **out)
{
    const struct run *run = user;
    return det_dataset_load_image(context, run->dataset,
                                  run->groups.images[place],
                                  run->options->images, NULL, out);
}

static enum exit_code open_ahead(struct run *run)
{
    const struct image_ahead_config config = {
        .load = load_image,
        .user = run,
        .context = run->context,
        .count = run->groups.count,
        .ahead = 2 * run->options->batch,
        .workers = image_ahead_workers(run->options->models.device)};
    return image_ahead_open(&run->ahead, &config, run->console);
}

/* Images of one batch, those that could be decoded. */
struct group {
    struct eval_image images[DET_MOST_IMAGES];
    det_image *decoded[DET_MOST_IMAGES];
    size_t count;
};

static enum exit_code load_next(struct run *run, struct group *g, size_t index)
{
    struct ahead_image decoded;
    struct eval_image *image = &g->images[g->count];
    if (!image_ahead_next(run->ahead, &decoded))
        return EXIT_INPUT; /* the signal decides */
    image->index = index;
    det_dataset_get_image(run->dataset, index, &image->entry);
    if (decoded.status != DET_OK)
        return do_unreadable(run, image, &decoded);
    image->pixels = det_image_pixels(decoded.image);
    g->decoded[g->count++] = decoded.image;
    return EXIT_DONE;
}

/* Where one stops the run none of them is looked at: without it the others
 * would be padded to another size. */
static enum exit_code load_group(struct run *run, struct group *g, size_t first)
{
    enum exit_code code = EXIT_DONE;
    const size_t size = eval_groups_size(&run->groups, first);
    g->count = 0;
    for (size_t i = 0; i < size && code == EXIT_DONE; i++)
        code = load_next(run, g, run->groups.images[first + i]);
    return code;
}

static void free_group(struct group *g)
{
    for (size_t i = 0; i < g->count; i++)
        det_image_destroy(&g->decoded[i]);
}

static enum exit_code do_image(struct run *run, const struct group *g, size_t i)
{
    const struct eval_image *image = &g->images[i];
    if (run->judged[image->index])
        return EXIT_DONE; /* before this run */
    enum exit_code code = eval_look_at(&run->look, image, i);
    if (code == EXIT_DONE)
        code = keep(run, &image->entry);
    if (code == EXIT_DONE && !interrupt_signal())
        mark_done(run, image->index);
    return code;
}

static enum exit_code do_group(struct run *run, const struct group *g)
{
    enum exit_code code = EXIT_DONE;
    eval_look_together(&run->look, g->images, g->count);
    for (size_t i = 0; i < g->count && code == EXIT_DONE && !interrupt_signal();
         i++)
        code = do_image(run, g, i);
    return code;
}

static enum exit_code do_groups(struct run *run)
{
    const struct eval_groups *groups = &run->groups;
    enum exit_code code = EXIT_DONE;
    for (size_t first = 0;
         first < groups->count && code == EXIT_DONE && !interrupt_signal();
         first += groups->size) {
        struct group group;
        show_progress(run, groups->images[first]);
        code = load_group(run, &group, first);
        if (code == EXIT_DONE)
            code = do_group(run, &group);
        free_group(&group);
    }
    return code;
}

static enum exit_code do_images(struct run *run)
{
    const size_t images = det_dataset_image_count(run->dataset);
    if (!eval_groups_open(&run->groups, run->options, images, run->judged)) {
        console_error(run->console, "out of memory");
        return EXIT_MEMORY;
    }
    const size_t before = run->groups.before, left = run->groups.left;
    enum exit_code code = open_ahead(run);
    if (code != EXIT_DONE)
        return code;
    if (before)
        console_note(run->console,
                     "going on: %zu images were done before, %zu are left",
                     before, left);
    progress_begin(&run->progress, run->console, left,
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
    eval_groups_close(&run.groups);
    det_journal_close(&run.journal, false);
    eval_look_close(&run.look);
    return code;
}
