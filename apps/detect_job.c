/* SPDX-License-Identifier: MIT */
#include "apps/detect_job.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apps/default_model.h"
#include "apps/detect_image.h"
#include "apps/image_ids.h"
#include "apps/input_image.h"
#include "apps/interrupt.h"
#include "apps/progress.h"

static int stop_requested(void *user, det_stage stage)
{
    (void)user;
    (void)stage;
    return interrupt_signal();
}

/* Who names no model is told what the one in the box is for. */
static enum exit_code choose_model(struct detect_job *job)
{
    job->models = job->options->models;
    job->models.precision = job->options->session.options.precision;
    if (job->models.count > 0)
        return EXIT_DONE;
    job->default_model = default_model_path();
    if (!job->default_model) {
        console_error(job->console,
                      "no model given, and none came with detect; use -m FILE "
                      "or set DETECT_MODEL; detect-convert makes one from "
                      ".pth, .pkl or .safetensors weights");
        return EXIT_USAGE;
    }
    if (job->console->verbosity >= 0)
        fputs("detect: no -m: the model in the box, which knows drawn shapes "
              "and glyphs, not the things of photos\n",
              stderr);
    model_list_add(&job->models, job->default_model);
    return EXIT_DONE;
}

static enum exit_code load_models(struct detect_job *job)
{
    const enum exit_code code = choose_model(job);
    return code == EXIT_DONE
               ? model_list_load(&job->models, job->context, job->console)
               : code;
}

static enum exit_code create_session(struct detect_job *job)
{
    det_session_options options = job->options->session.options;
    options.progress = stop_requested;
    const det_status status = det_session_create_ensemble(
        (const det_model *const *)job->models.models, job->models.count,
        &options, &job->session);
    if (status == DET_OK)
        return EXIT_DONE;
    console_error(job->console, "%s", det_context_message(job->context));
    return exit_code_for_input(status);
}

static enum exit_code assign_image_ids(struct detect_job *job)
{
    if (job->options->format != &output_coco)
        return EXIT_DONE;
    if (!image_ids_assign(&job->image_ids, &job->inputs)) {
        console_error(job->console, "out of memory while numbering the images");
        return EXIT_MEMORY;
    }
    for (size_t i = 0; i < job->inputs.count; i++)
        console_note(job->console, "image_id %" PRId64 ": %s",
                     job->image_ids[i], job->inputs.items[i].path);
    return EXIT_DONE;
}

static enum exit_code settle_names(struct detect_job *job)
{
    enum exit_code code =
        inputs_collect(&job->inputs, &job->options->input, job->console);
    if (code == EXIT_DONE && job->inputs.count == 0)
        code = EXIT_INPUT; /* said already, and no model is needed for it */
    if (code == EXIT_DONE && job->options->output)
        code = overlay_names_plan(&job->overlays, job->options->output,
                                  &job->inputs, job->console);
    if (code == EXIT_DONE)
        code = assign_image_ids(job);
    return code;
}

enum exit_code detect_job_open(struct detect_job *out,
                               const struct detect_options *options,
                               struct console *console)
{
    *out = (struct detect_job){.options = options, .console = console};
    enum exit_code code = settle_names(out);
    if (code != EXIT_DONE)
        return code;
    code = console_open_context(&out->context, options->session.options.threads,
                                console);
    if (code != EXIT_DONE)
        return code;
    code = load_models(out);
    if (code == EXIT_DONE)
        code = create_session(out);
    out->output = (struct output){
        .stream = stdout,
        .format = options->format,
        .model = out->models.models[0],
    };
    return code;
}

static enum exit_code interrupt_code(void)
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

/* `count` images from `first` on, together.  False: results cannot be written,
 * and there is no use in going on. */
static bool run_together(struct detect_job *job, size_t first, size_t count,
                         enum exit_code *worst)
{
    struct detected_image images[DET_MOST_IMAGES];
    bool written = true;
    for (size_t i = 0; i < count; i++)
        detect_image_load(&images[i], job, first + i);
    detect_images_run(images, count, job);
    if (isatty(STDOUT_FILENO))
        console_clear(job->console);
    for (size_t i = 0; i < count; i++) {
        if (images[i].code == EXIT_DONE && written)
            images[i].code = detect_image_write(&images[i], job);
        written = written && images[i].code != EXIT_OUTPUT;
        *worst = exit_code_worse(*worst, images[i].code);
        detect_image_free(&images[i]);
    }
    return written;
}

static enum exit_code run_images(struct detect_job *job)
{
    const bool wanted =
        !job->options->no_progress && job->console->verbosity >= 0;
    const size_t count = job->inputs.count, most = job->options->batch;
    struct progress progress;
    enum exit_code worst = job->inputs.failed ? EXIT_INPUT : EXIT_DONE;
    progress_begin(&progress, job->console, count, wanted);
    for (size_t i = 0; i < count && !interrupt_signal(); i += most) {
        progress_show(&progress, i, job->inputs.items[i].path);
        if (!run_together(job, i, most < count - i ? most : count - i, &worst))
            break;
    }
    console_clear(job->console);
    return worst;
}

static det_status load_input(void *user, det_context *context, size_t index,
                             det_image **out)
{
    const struct detect_job *job = user;
    return input_load(out, context, &job->inputs.items[index],
                      &job->options->image);
}

/* Standard input is read by who can be told to stop. */
static enum exit_code open_ahead(struct detect_job *job)
{
    const struct image_ahead_config config = {
        .load = load_input,
        .user = job,
        .context = job->context,
        .count = job->inputs.count,
        .ahead = 2 * job->options->batch,
        .workers = job->inputs.stdin_taken
                       ? 0
                       : image_ahead_workers(job->options->models.device)};
    return image_ahead_open(&job->ahead, &config, job->console);
}

enum exit_code detect_job_run(struct detect_job *job)
{
    enum exit_code code = open_ahead(job);
    if (code != EXIT_DONE)
        return code;
    code = output_begin(&job->output, job->console);
    if (code == EXIT_DONE)
        code = run_images(job);
    /* An array is closed also after a signal; only a stdout that takes
     * nothing any more is left alone. */
    if (!ferror(stdout))
        code = exit_code_worse(code, output_end(&job->output, job->console));
    if (job->options->show_time)
        time_table_print(&job->times);
    enum exit_code signal_code = interrupt_code();
    return signal_code != EXIT_DONE ? signal_code : code;
}

void detect_job_close(struct detect_job *job)
{
    image_ahead_close(&job->ahead);
    output_free(&job->output);
    det_session_destroy(&job->session);
    model_list_destroy(&job->models);
    free(job->default_model);
    det_context_destroy(&job->context);
    free(job->image_ids);
    job->image_ids = NULL;
    overlay_names_free(&job->overlays);
    inputs_free(&job->inputs);
}
