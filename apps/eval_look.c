/* SPDX-License-Identifier: MIT */
#include "apps/eval_look.h"

#include <math.h>
#include <stdlib.h>

#include "apps/interrupt.h"

enum {
    PROPOSALS = 200, /* of a class, unless --proposals says so */
    LEAST_GUESSES = 10
};

/* ------------------------------------------------------------------ opening */

static int stop_requested(void *user, det_stage stage)
{
    (void)user;
    (void)stage;
    return interrupt_signal();
}

static enum exit_code fail_context(const struct eval_look *look,
                                   const char *path, det_status status)
{
    console_error_about(look->console, path,
                        det_context_message(look->context));
    return exit_code_for_input(status);
}

static const char *find_classifier(const struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (det_model_kind_of(list->models[i]) == DET_MODEL_CLASSIFIER)
            return list->paths[i];
    return NULL;
}

static bool are_classifiers(const struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (det_model_kind_of(list->models[i]) != DET_MODEL_CLASSIFIER)
            return false;
    return true;
}

/* What was asked for must be something that the models do. */
static enum exit_code check_models(const struct eval_look *look)
{
    const struct eval_options *o = look->options;
    const char *path = find_classifier(&look->models);
    if (path && !are_classifiers(&look->models))
        console_error(look->console,
                      "%s is a classifier, and not all of the models are",
                      path);
    else if (path && o->session.given && !o->boxes.localizers.count)
        console_error(look->console, "--%s is of detectors; %s is a classifier",
                      o->session.given, path);
    else if (path && o->batch > 1)
        console_error(look->console,
                      "--batch is of detectors; %s is a classifier", path);
    else if (!path && o->has_views)
        console_error(look->console,
                      "--views is of classifiers; %s is a "
                      "detector",
                      o->models.paths[0]);
    else if (!path && o->boxes.localizers.count)
        console_error(look->console,
                      "--boxes goes with a classifier; %s finds its own",
                      o->models.paths[0]);
    else
        return EXIT_DONE;
    return EXIT_USAGE;
}

static det_status open_classifier(struct eval_look *look)
{
    det_classifier_options options;
    det_classifier_options_init(&options);
    options.threads = look->options->session.options.threads;
    options.views = look->options->views;
    return det_classifier_create_ensemble(
        (const det_model *const *)look->models.models, look->models.count,
        &options, &look->classifier);
}

static det_status open_session(struct eval_look *look)
{
    det_session_options options = look->options->session.options;
    options.progress = stop_requested;
    return det_session_create_ensemble(
        (const det_model *const *)look->models.models, look->models.count,
        &options, &look->session);
}

static enum exit_code open_models(struct eval_look *look)
{
    look->models = look->options->models;
    look->models.precision = look->options->session.options.precision;
    if (look->models.count == 0)
        return EXIT_DONE;
    enum exit_code code =
        model_list_load(&look->models, look->context, look->console);
    if (code == EXIT_DONE)
        code = check_models(look);
    if (code != EXIT_DONE)
        return code;
    const det_status status =
        (find_classifier(&look->models) ? open_classifier : open_session)(look);
    return status == DET_OK ? EXIT_DONE
                            : fail_context(look, look->models.paths[0], status);
}

/* Of a class. */
static int32_t proposals_of(const struct eval_options *o)
{
    const int32_t asked = o->session.options.proposals;
    return asked ? asked : PROPOSALS;
}

static enum exit_code open_finder(struct eval_look *look)
{
    const struct eval_options *o = look->options;
    if (!o->boxes.localizers.count)
        return EXIT_DONE;
    struct box_finder_arguments boxes = o->boxes;
    boxes.localizers.precision = boxes.rescorers.precision =
        o->session.options.precision;
    const enum exit_code code =
        box_finder_open(&look->finder, &boxes, o->session.options.threads,
                        proposals_of(o), look->context, look->console);
    return code == EXIT_DONE && look->classifier
               ? box_finder_match(&look->finder, look->models.models[0],
                                  look->console)
               : code;
}

static const det_model *first_model(const struct eval_look *look)
{
    return look->models.count ? look->models.models[0]
                              : look->finder.localizers.models[0];
}

static enum exit_code make_room(struct eval_look *look)
{
    const size_t labels = (size_t)look->labels.count + 1;
    const size_t proposals = (size_t)proposals_of(look->options);
    look->capacity = look->options->all_boxes ? labels * proposals : labels;
    look->probabilities = calloc(labels, sizeof *look->probabilities);
    look->classes.labels = calloc(labels, sizeof *look->classes.labels);
    look->found = calloc(look->capacity, sizeof *look->found);
    if (look->probabilities && look->classes.labels && look->found)
        return EXIT_DONE;
    console_error(look->console, "out of memory");
    return EXIT_MEMORY;
}

enum exit_code eval_look_open(struct eval_look *out,
                              const struct eval_options *options,
                              det_context *context, const det_dataset *dataset,
                              struct console *console)
{
    *out = (struct eval_look){.options = options,
                              .context = context,
                              .dataset = dataset,
                              .console = console};
    enum exit_code code = open_models(out);
    if (code == EXIT_DONE)
        code = open_finder(out);
    if (code == EXIT_DONE)
        code =
            eval_labels_match(&out->labels, dataset, first_model(out), console);
    return code == EXIT_DONE ? make_room(out) : code;
}

/* Masks of `found` are theirs. */
static void forget_results(struct eval_look *look)
{
    for (size_t i = 0; i < DET_MOST_IMAGES; i++)
        det_result_destroy(&look->results[i]);
}

void eval_look_close(struct eval_look *look)
{
    forget_results(look);
    det_session_destroy(&look->session);
    det_classifier_destroy(&look->classifier);
    box_finder_close(&look->finder);
    model_list_destroy(&look->models);
    eval_labels_free(&look->labels);
    free(look->probabilities);
    free(look->classes.labels);
    free(look->found);
}

bool eval_look_has_masks(const struct eval_look *look)
{
    return look->models.count && look->models.models[0] &&
           det_model_has_masks(look->models.models[0]);
}

det_task eval_look_task(const struct eval_look *look)
{
    if (look->finder.localizer)
        return DET_TASK_LOCALIZATION;
    return look->classifier ? DET_TASK_TOP_K : DET_TASK_BBOX;
}

/* ------------------------------------------------------------------- looking
 */

static enum exit_code fail_image(const struct eval_look *look,
                                 const det_dataset_image *image,
                                 const char *text, det_status status)
{
    console_error_about(look->console, image->file_name, text);
    return exit_code_for_input(status);
}

/* A label that is no category of this data set is passed over. */
static void add(struct eval_look *look, det_detection d)
{
    const int64_t id =
        d.label < look->labels.count ? look->labels.ids[d.label] : -1;
    if (id < 0 || id > INT32_MAX || look->count == look->capacity)
        return;
    d.label = (int32_t)id;
    look->found[look->count++] = d;
}

/* A detector may find more than there was room for. */
static bool reserve(struct eval_look *look, size_t count)
{
    if (count <= look->capacity)
        return true;
    det_detection *more = realloc(look->found, count * sizeof *more);
    if (!more)
        return false;
    look->found = more;
    look->capacity = count;
    return true;
}

/* A failure leaves NULL, for eval_look_at to try again and report.  One by one
 * it is slower, so who watches must hear of it. */
static void give_up_batches(struct eval_look *look, det_status status)
{
    if (status == DET_ERROR_CANCELLED)
        return;
    look->batch_failed = true;
    console_warn(look->console, "--batch: %s; going on one by one",
                 det_session_message(look->session));
}

void eval_look_together(struct eval_look *look, const struct eval_image *images,
                        size_t count)
{
    det_pixels pixels[DET_MOST_IMAGES];
    forget_results(look);
    for (size_t i = 0; i < count; i++)
        pixels[i] = images[i].pixels;
    if (!look->session || count < 2 || look->batch_failed)
        return;
    const det_status status =
        det_session_run_batch(look->session, pixels, count, look->results);
    if (status != DET_OK)
        give_up_batches(look, status);
}

static enum exit_code detect(struct eval_look *look,
                             const struct eval_image *image, size_t place)
{
    det_result **result = &look->results[place];
    const det_status status =
        *result ? DET_OK
                : det_session_run(look->session, &image->pixels, result);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_INPUT;
    if (status != DET_OK)
        return fail_image(look, &image->entry,
                          det_session_message(look->session), status);
    const size_t count = det_result_count(*result);
    if (!reserve(look, count))
        return fail_image(look, &image->entry, "out of memory",
                          DET_ERROR_MEMORY);
    for (size_t i = 0; i < count; i++)
        add(look, *det_result_detection(*result, i));
    return EXIT_DONE;
}

/* A box of each class, as sure as the class is. */
static det_status add_boxes(struct eval_look *look, const det_pixels *pixels)
{
    const struct eval_classes *c = &look->classes;
    det_detection *boxes = calloc(c->count ? c->count : 1, sizeof *boxes);
    if (!boxes)
        return DET_ERROR_MEMORY;
    const det_status status = det_localizer_run(look->finder.localizer, pixels,
                                                c->labels, c->count, boxes);
    for (size_t i = 0; status == DET_OK && i < c->count; i++) {
        if (look->classifier)
            boxes[i].score = look->probabilities[c->labels[i]];
        add(look, boxes[i]);
    }
    free(boxes);
    return status;
}

static det_status add_proposals(struct eval_look *look,
                                const det_pixels *pixels)
{
    const struct eval_classes *c = &look->classes;
    const size_t most = (size_t)proposals_of(look->options);
    det_detection *boxes = calloc(most, sizeof *boxes);
    det_status status = boxes ? DET_OK : DET_ERROR_MEMORY;
    for (size_t i = 0; status == DET_OK && i < c->count; i++) {
        size_t found = 0;
        status = det_localizer_propose(look->finder.localizer, pixels,
                                       c->labels[i], boxes, most, &found);
        for (size_t k = 0; k < found; k++)
            add(look, boxes[k]);
    }
    free(boxes);
    return status;
}

/* The error where the class is known is of the true classes' boxes.  Being last
 * among the guesses, they change nothing else. */
static enum exit_code find_boxes(struct eval_look *look,
                                 const det_pixels *pixels, size_t index,
                                 const det_dataset_image *image)
{
    det_status status = eval_classes_add_true(
        &look->classes, look->context, look->dataset, index, &look->labels);
    if (status != DET_OK)
        return fail_context(look, look->options->annotations, status);
    status =
        (look->options->all_boxes ? add_proposals : add_boxes)(look, pixels);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_INPUT;
    return status == DET_OK
               ? EXIT_DONE
               : fail_image(look, image,
                            det_localizer_message(look->finder.localizer),
                            status);
}

static void add_classes(struct eval_look *look)
{
    for (size_t i = 0; i < look->classes.count; i++) {
        const int32_t label = look->classes.labels[i];
        add(look, (det_detection){.label = label,
                                  .score = look->probabilities[label],
                                  .x = NAN,
                                  .y = NAN,
                                  .w = NAN,
                                  .h = NAN});
    }
}

/* As many as are judged. */
static int32_t most_guesses(const struct eval_options *o)
{
    int32_t most = LEAST_GUESSES;
    for (size_t i = 0; i < o->top_count; i++)
        most = o->top[i] > most ? o->top[i] : most;
    for (size_t i = 0; i < o->evaluate.max_detections_count; i++)
        most = o->limits[i] > most ? o->limits[i] : most;
    return most;
}

static enum exit_code classify(struct eval_look *look, const det_pixels *pixels,
                               const det_dataset_image *image)
{
    const det_status status =
        det_classifier_run(look->classifier, pixels, look->probabilities);
    if (status != DET_OK)
        return fail_image(look, image, det_classifier_message(look->classifier),
                          status);
    eval_classes_guess(&look->classes, look->probabilities, &look->labels,
                       most_guesses(look->options));
    return EXIT_DONE;
}

enum exit_code eval_look_at(struct eval_look *look,
                            const struct eval_image *image, size_t place)
{
    enum exit_code code = EXIT_DONE;
    look->count = 0;
    look->classes.count = 0;
    if (look->session)
        return detect(look, image, place);
    if (look->classifier)
        code = classify(look, &image->pixels, &image->entry);
    if (code == EXIT_DONE && look->finder.localizer)
        return find_boxes(look, &image->pixels, image->index, &image->entry);
    if (code == EXIT_DONE)
        add_classes(look);
    return code;
}
