/* SPDX-License-Identifier: MIT */
#include "apps/bench_network.h"

#include <stdlib.h>

#include "apps/interrupt.h"

static int stop_requested(void *user, det_stage stage)
{
    (void)user;
    (void)stage;
    return interrupt_signal();
}

static enum exit_code refuse_batch(struct console *console, const char *path)
{
    console_error(console,
                  "%s: a detector looks at no more than %d photos at once",
                  path, (int)DET_MOST_IMAGES);
    return EXIT_USAGE;
}

static int32_t shorter(const struct bench_size *size)
{
    return size->height < size->width ? size->height : size->width;
}

static int32_t longer(const struct bench_size *size)
{
    return size->height < size->width ? size->width : size->height;
}

/* ------------------------------------------------------------------ opening */

static enum exit_code make_room(struct bench_network *out,
                                const det_model *model, size_t batch,
                                struct console *console)
{
    out->batch = batch;
    out->images = calloc(batch, sizeof *out->images);
    out->probabilities = calloc(batch * (size_t)det_model_label_count(model),
                                sizeof *out->probabilities);
    if (out->images && out->probabilities)
        return EXIT_DONE;
    console_error(console, "out of memory");
    return EXIT_MEMORY;
}

/* A drawing has its size already, unless the command line wants another. */
static enum exit_code open_detector(struct bench_network *out,
                                    const det_model *model, const char *path,
                                    const struct bench_options *options,
                                    det_context *context,
                                    struct console *console)
{
    det_session_options session = options->session.options;
    if (options->batch > DET_MOST_IMAGES)
        return refuse_batch(console, path);
    if (options->size.height && !session.min_size && !session.max_size) {
        session.min_size = shorter(&options->size);
        session.max_size = longer(&options->size);
    }
    session.progress = stop_requested;
    const det_status status =
        det_session_create(model, &session, &out->session);
    if (status == DET_OK)
        return make_room(out, model, (size_t)options->batch, console);
    console_error(console, "%s", det_context_message(context));
    return exit_code_for_input(status);
}

static enum exit_code open_classifier(struct bench_network *out,
                                      const det_model *model, const char *path,
                                      const struct bench_options *options,
                                      det_context *context,
                                      struct console *console)
{
    const char *given = options->session.given;
    const int32_t scale = shorter(&options->size);
    det_classifier_options classifier;
    det_classifier_options_init(&classifier);
    classifier.threads = options->session.options.threads;
    if (given) {
        console_error(console, "--%s: %s is a classifier", given, path);
        return EXIT_USAGE;
    }
    if (scale) {
        classifier.scales = &scale;
        classifier.scale_count = 1;
    }
    const det_status status =
        det_classifier_create(model, &classifier, &out->classifier);
    if (status == DET_OK)
        return make_room(out, model, (size_t)options->batch, console);
    console_error(console, "%s", det_context_message(context));
    return exit_code_for_input(status);
}

enum exit_code bench_network_open(struct bench_network *out,
                                  const det_model *model, const char *path,
                                  const struct bench_options *options,
                                  det_context *context, struct console *console)
{
    *out = (struct bench_network){.batch = 1};
    return det_model_kind_of(model) == DET_MODEL_CLASSIFIER
               ? open_classifier(out, model, path, options, context, console)
               : open_detector(out, model, path, options, context, console);
}

void bench_network_close(struct bench_network *network)
{
    det_session_destroy(&network->session);
    det_classifier_destroy(&network->classifier);
    free(network->images);
    free(network->probabilities);
    *network = (struct bench_network){0};
}

/* ------------------------------------------------------------------ running */

det_status bench_network_watch(struct bench_network *network,
                               det_layer_fn watch, void *user)
{
    return network->session
               ? det_session_watch_layers(network->session, watch, user)
               : det_classifier_watch_layers(network->classifier, watch, user);
}

static void fill_images(struct bench_network *network, const det_pixels *pixels)
{
    for (size_t i = 0; i < network->batch; i++)
        network->images[i] = *pixels;
}

/* Stages cost what all photos' shares sum up to. */
static det_status detect(struct bench_network *network,
                         const det_pixels *pixels, det_stage_cost *stages)
{
    det_result *results[DET_MOST_IMAGES];
    fill_images(network, pixels);
    const det_status status = det_session_run_batch(
        network->session, network->images, network->batch, results);
    for (size_t i = 0; status == DET_OK && i < network->batch; i++) {
        for (int s = 0; s < DET_STAGE_COUNT; s++) {
            const det_stage_cost share =
                det_result_stage_cost(results[i], (det_stage)s);
            stages[s].seconds += share.seconds;
            stages[s].gflop += share.gflop;
        }
        det_result_destroy(&results[i]);
    }
    return status;
}

static det_status classify(struct bench_network *network,
                           const det_pixels *pixels, det_stage_cost *stages)
{
    fill_images(network, pixels);
    const det_status status =
        det_classifier_run_batch(network->classifier, network->images,
                                 network->batch, network->probabilities);
    for (int s = 0; status == DET_OK && s < DET_STAGE_COUNT; s++)
        stages[s] =
            det_classifier_stage_cost(network->classifier, (det_stage)s);
    return status;
}

det_status bench_network_run(struct bench_network *network,
                             const det_pixels *pixels, struct bench_run *run)
{
    return (network->session ? detect : classify)(network, pixels,
                                                  run->stages + 1);
}

const char *bench_network_message(const struct bench_network *network)
{
    return network->session ? det_session_message(network->session)
                            : det_classifier_message(network->classifier);
}
