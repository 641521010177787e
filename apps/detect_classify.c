/* SPDX-License-Identifier: MIT */
/* detect-classify: say what whole images show, and where. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "apps/classify_options.h"
#include "apps/console.h"
#include "apps/input_image.h"
#include "apps/interrupt.h"
#include "apps/standard_files.h"
#include "apps/text.h"

struct guess {
    float probability;
    int32_t label;
};

struct classify_job {
    const struct classify_options *options;
    struct console *console;
    struct inputs inputs;
    det_context *context;
    struct model_list models;
    det_classifier *classifier;
    int32_t labels;
    float *probabilities;  /* [labels] */
    struct guess *guesses; /* [labels], best first */
    struct box_finder finder;
    int32_t *wanted;      /* [rows] labels whose boxes are found */
    det_detection *boxes; /* [rows] of the first guesses */
};

/* ------------------------------------------------------------------ opening */

static enum exit_code load_models(struct classify_job *job)
{
    job->models = job->options->models;
    const enum exit_code code =
        model_list_load(&job->models, job->context, job->console);
    if (code != EXIT_DONE)
        return code;
    const det_status status = det_classifier_create_ensemble(
        (const det_model *const *)job->models.models, job->models.count,
        &job->options->classifier, &job->classifier);
    if (status != DET_OK) {
        console_error_about(job->console, job->models.paths[0],
                            det_context_message(job->context));
        return exit_code_for_model(status);
    }
    job->labels = det_model_label_count(job->models.models[0]);
    return EXIT_DONE;
}

static int32_t rows(const struct classify_job *job)
{
    return job->options->top < (uint64_t)job->labels
               ? (int32_t)job->options->top
               : job->labels;
}

static enum exit_code make_room(struct classify_job *job)
{
    const size_t labels = (size_t)job->labels;
    job->probabilities = calloc(labels, sizeof *job->probabilities);
    job->guesses = calloc(labels, sizeof *job->guesses);
    job->wanted = calloc((size_t)rows(job), sizeof *job->wanted);
    job->boxes = calloc((size_t)rows(job), sizeof *job->boxes);
    if (job->probabilities && job->guesses && job->wanted && job->boxes)
        return EXIT_DONE;
    console_error(job->console, "out of memory");
    return EXIT_MEMORY;
}

static enum exit_code open_finder(struct classify_job *job)
{
    const struct classify_options *o = job->options;
    if (!o->boxes.localizers.count)
        return EXIT_DONE;
    const enum exit_code code =
        box_finder_open(&job->finder, &o->boxes, o->classifier.threads, 0,
                        job->context, job->console);
    return code == EXIT_DONE
               ? box_finder_match(&job->finder, job->models.models[0],
                                  job->console)
               : code;
}

static enum exit_code open_job(struct classify_job *job)
{
    enum exit_code code =
        inputs_collect(&job->inputs, &job->options->inputs, job->console);
    if (code != EXIT_DONE)
        return code;
    if (job->inputs.count == 0)
        return EXIT_INPUT;
    code = console_open_context(&job->context, job->options->classifier.threads,
                                job->console);
    if (code == EXIT_DONE)
        code = load_models(job);
    if (code == EXIT_DONE)
        code = open_finder(job);
    return code == EXIT_DONE ? make_room(job) : code;
}

static void close_job(struct classify_job *job)
{
    free(job->probabilities);
    free(job->guesses);
    free(job->wanted);
    free(job->boxes);
    box_finder_close(&job->finder);
    det_classifier_destroy(&job->classifier);
    model_list_destroy(&job->models);
    det_context_destroy(&job->context);
    inputs_free(&job->inputs);
}

/* ----------------------------------------------------------------- printing */

static int by_probability(const void *a, const void *b)
{
    const struct guess *x = a, *y = b;
    return x->probability != y->probability
               ? (x->probability < y->probability ? 1 : -1)
               : (x->label > y->label) - (x->label < y->label);
}

static void sort_guesses(struct classify_job *job)
{
    for (int32_t k = 0; k < job->labels; k++)
        job->guesses[k] = (struct guess){job->probabilities[k], k};
    qsort(job->guesses, (size_t)job->labels, sizeof *job->guesses,
          by_probability);
}

/* The class's name, or its number where it has none. */
static const char *label_text(const struct classify_job *job, int32_t label,
                              char room[static 16])
{
    const char *name = det_model_label_name(job->models.models[0], label);
    if (*name)
        return name;
    snprintf(room, 16, "%d", (int)label);
    return room;
}

static void print_text(const struct classify_job *job, const char *file)
{
    char room[16];
    for (int32_t i = 0; i < rows(job); i++) {
        const struct guess *guess = &job->guesses[i];
        const det_detection *box = &job->boxes[i];
        text_write_field(stdout, file);
        printf("\t%.4f\t", (double)guess->probability);
        text_write_field(stdout, label_text(job, guess->label, room));
        if (job->finder.localizer)
            printf("\t%.1f\t%.1f\t%.1f\t%.1f\t%.4f", (double)box->x,
                   (double)box->y, (double)box->w, (double)box->h,
                   (double)box->score);
        putchar('\n');
    }
}

static void print_json(const struct classify_job *job, const char *file)
{
    char room[16];
    fputs("{\"file\":", stdout);
    text_write_json(stdout, file);
    fputs(",\"classes\":[", stdout);
    for (int32_t i = 0; i < rows(job); i++) {
        const struct guess *guess = &job->guesses[i];
        const det_detection *box = &job->boxes[i];
        printf("%s{\"label\":%d,\"name\":", i ? "," : "", (int)guess->label);
        text_write_json(stdout, label_text(job, guess->label, room));
        printf(",\"probability\":%.9g", (double)guess->probability);
        if (job->finder.localizer)
            printf(",\"box\":[%.9g,%.9g,%.9g,%.9g],\"box_score\":%.9g",
                   (double)box->x, (double)box->y, (double)box->w,
                   (double)box->h, (double)box->score);
        putchar('}');
    }
    fputs("]}\n", stdout);
}

/* ------------------------------------------------------------------ running */

static enum exit_code fail_image(const struct classify_job *job,
                                 const struct input *input, const char *text,
                                 det_status status)
{
    console_error_about(job->console, input_name(input), text);
    return exit_code_for_input(status);
}

/* Boxes of the names that are printed. */
static det_status find_boxes(struct classify_job *job, const det_pixels *pixels)
{
    const size_t count = (size_t)rows(job);
    if (!job->finder.localizer)
        return DET_OK;
    for (size_t i = 0; i < count; i++)
        job->wanted[i] = job->guesses[i].label;
    return det_localizer_run(job->finder.localizer, pixels, job->wanted, count,
                             job->boxes);
}

static enum exit_code look_at(struct classify_job *job,
                              const struct input *input,
                              const det_pixels *pixels)
{
    det_status status =
        det_classifier_run(job->classifier, pixels, job->probabilities);
    if (status != DET_OK)
        return fail_image(job, input, det_classifier_message(job->classifier),
                          status);
    sort_guesses(job);
    status = find_boxes(job, pixels);
    if (status == DET_ERROR_CANCELLED)
        return EXIT_INPUT; /* the signal decides */
    if (status != DET_OK)
        return fail_image(job, input,
                          det_localizer_message(job->finder.localizer), status);
    (job->options->json ? print_json : print_text)(job, input->path);
    return standard_files_flush(job->console);
}

static enum exit_code run_image(struct classify_job *job,
                                const struct input *input)
{
    det_image *image = NULL;
    const det_status status = input_load(&image, job->context, input, NULL);
    if (status != DET_OK)
        return fail_image(job, input, det_context_message(job->context),
                          status);
    const det_pixels pixels = det_image_pixels(image);
    const enum exit_code code = look_at(job, input, &pixels);
    det_image_destroy(&image);
    return code;
}

static enum exit_code run_images(struct classify_job *job)
{
    enum exit_code worst = job->inputs.failed ? EXIT_INPUT : EXIT_DONE;
    for (size_t i = 0; i < job->inputs.count && !interrupt_signal(); i++) {
        const enum exit_code code = run_image(job, &job->inputs.items[i]);
        worst = exit_code_worse(worst, code);
        if (code == EXIT_OUTPUT)
            break;
    }
    if (interrupt_signal())
        return interrupt_signal() == SIGTERM ? EXIT_TERMINATE : EXIT_INTERRUPT;
    return worst;
}

int main(int argc, char **argv)
{
    standard_files_hold();
    interrupt_install();
    struct console console = {.program = "detect-classify"};
    struct classify_options options;
    enum exit_code code = classify_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.action != CLASSIFY_IMAGES) {
        classify_options_print(options.action);
        return standard_files_flush(&console);
    }
    struct classify_job job = {.options = &options, .console = &console};
    code = open_job(&job);
    if (code == EXIT_DONE)
        code = run_images(&job);
    close_job(&job);
    return code;
}
