/* SPDX-License-Identifier: MIT */
/* detect-classify: say what whole images show. */
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
    det_model *model;
    det_classifier *classifier;
    int32_t labels;
    float *probabilities;  /* [labels] */
    struct guess *guesses; /* [labels], best first */
};

/* ------------------------------------------------------------------ opening */

static enum exit_code load_model(struct classify_job *job)
{
    const char *path = job->options->model;
    det_status status = det_model_load(job->context, path, &job->model);
    if (status == DET_OK)
        status = det_classifier_create(job->model, &job->options->classifier,
                                       &job->classifier);
    if (status != DET_OK) {
        console_error_about(job->console, path,
                            det_context_message(job->context));
        return exit_code_for_model(status);
    }
    job->labels = det_model_label_count(job->model);
    console_note(job->console, "%s: %s, %d labels", path,
                 det_model_architecture(job->model), (int)job->labels);
    return EXIT_DONE;
}

static enum exit_code open_job(struct classify_job *job)
{
    enum exit_code code =
        inputs_collect(&job->inputs, &job->options->inputs, job->console);
    if (code != EXIT_DONE)
        return code;
    if (job->inputs.count == 0)
        return EXIT_INPUT;
    if (det_context_create(&job->context) != DET_OK) {
        console_error(job->console, "out of memory");
        return EXIT_MEMORY;
    }
    det_context_set_log(job->context, console_library_log, job->console);
    code = load_model(job);
    if (code != EXIT_DONE)
        return code;
    job->probabilities =
        calloc((size_t)job->labels, sizeof *job->probabilities);
    job->guesses = calloc((size_t)job->labels, sizeof *job->guesses);
    if (job->probabilities && job->guesses)
        return EXIT_DONE;
    console_error(job->console, "out of memory");
    return EXIT_MEMORY;
}

static void close_job(struct classify_job *job)
{
    free(job->probabilities);
    free(job->guesses);
    det_classifier_destroy(&job->classifier);
    det_model_destroy(&job->model);
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

static int32_t rows(const struct classify_job *job)
{
    return job->options->top < (uint64_t)job->labels
               ? (int32_t)job->options->top
               : job->labels;
}

/* The class's name, or its number where it has none. */
static const char *label_text(const struct classify_job *job, int32_t label,
                              char room[static 16])
{
    const char *name = det_model_label_name(job->model, label);
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
        text_write_field(stdout, file);
        printf("\t%.4f\t", (double)guess->probability);
        text_write_field(stdout, label_text(job, guess->label, room));
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
        printf("%s{\"label\":%d,\"name\":", i ? "," : "", (int)guess->label);
        text_write_json(stdout, label_text(job, guess->label, room));
        printf(",\"probability\":%.9g}", (double)guess->probability);
    }
    fputs("]}\n", stdout);
}

/* ------------------------------------------------------------------ running */

static enum exit_code run_image(struct classify_job *job,
                                const struct input *input)
{
    det_image *image = NULL;
    det_status status = input_load(&image, job->context, input, NULL);
    if (status != DET_OK) {
        console_error_about(job->console, input_name(input),
                            det_context_message(job->context));
        return exit_code_for_input(status);
    }
    const det_pixels pixels = det_image_pixels(image);
    status = det_classifier_run(job->classifier, &pixels, job->probabilities);
    det_image_destroy(&image);
    if (status != DET_OK) {
        console_error_about(job->console, input_name(input),
                            det_classifier_message(job->classifier));
        return exit_code_for_input(status);
    }
    sort_guesses(job);
    (job->options->json ? print_json : print_text)(job, input->path);
    return standard_files_flush(job->console);
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
