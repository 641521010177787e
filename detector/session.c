/* SPDX-License-Identifier: MIT */
#include "detector/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "compute/engine.h"
#include "detector/augmented_run.h"
#include "detector/context.h"
#include "detector/ensemble.h"
#include "detector/layer_report.h"
#include "detector/model.h"
#include "detector/pipeline.h"
#include "detector/pixels.h"
#include "detector/result.h"

struct det_session {
    struct det_settings settings[DET_MOST_MEMBERS];
    struct det_member members[DET_MOST_MEMBERS];
    int num_members;
    det_progress_fn progress;
    void *progress_user;

    struct det_message message;
    struct det_engine engine;
    int32_t planned_h, planned_w; /* photo size that its memory suffices for */
    struct det_mask_paster paster;
    struct det_layer_report layers;
};

/* ----------------------------------------------------------------- creation */

void det_session_set_stop(det_session *session, int (*stop)(void *user),
                          void *user)
{
    session->engine.compute.stop = stop;
    session->engine.compute.stop_user = user;
}

void det_session_options_init(det_session_options *options)
{
    *options = (det_session_options){.struct_size = sizeof *options,
                                     .score_threshold = -1.0,
                                     .nms_threshold = -1.0,
                                     .vote_threshold = -1.0};
}

/* Take the caller's fields; a caller built against an older, shorter struct
 * leaves the defaults in the rest. */
static det_status read_options(det_session_options *out,
                               const det_session_options *options,
                               struct det_message *message)
{
    det_session_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "session options of %zu bytes; this library knows "
                        "%zu: call det_session_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

static const char *const not_detectors[] = {
    [DET_MODEL_CLASSIFIER] = "is a classifier: it has no boxes to detect",
    [DET_MODEL_LOCALIZER] = "finds boxes of classes that are told: use "
                            "detect-classify --boxes",
    [DET_MODEL_RESCORER] = "judges boxes that a localizer finds: use "
                           "detect-classify --rescore"};

static det_status add_member(struct det_session *session,
                             const struct det_model *const *models,
                             const det_session_options *options,
                             struct det_message *message)
{
    const int index = session->num_members;
    const struct det_model *model = models[index];
    struct det_settings *settings = &session->settings[index];
    if (!det_architecture_detects(model->network.architecture))
        return det_fail(message, DET_ERROR_MODEL, "%s %s",
                        model->network.architecture->name,
                        not_detectors[model->network.architecture->kind]);
    det_settings_init(settings, &model->preset, &model->network);
    DET_TRY(det_settings_apply(settings, &model->network, options, message));
    if (index > 0)
        DET_TRY(det_ensemble_check(models[0], &session->settings[0], model,
                                   settings, message));
    struct det_member member = {&model->network, settings, 0};
    while (member.trunk < index &&
           !det_ensemble_shares_trunk(models[member.trunk], model))
        member.trunk++;
    session->members[session->num_members++] = member;
    return DET_OK;
}

static det_status init_session(struct det_session *session,
                               const struct det_model *const *models,
                               size_t count, const det_session_options *options,
                               struct det_message *message)
{
    const struct det_engine_options engine = {
        .device = options->device,
        .threads = options->threads,
        .of_device = {.precision = options->precision}};
    DET_TRY(
        det_models_engine(&session->engine, models, count, &engine, message));
    session->engine.compute.in_order = options->in_order != 0;
    session->engine.compute.message = &session->message;
    session->message.log = models[0]->context->log;
    session->message.log_user = models[0]->context->log_user;
    session->progress = options->progress;
    session->progress_user = options->progress_user;
    for (size_t i = 0; i < count; i++)
        DET_TRY(add_member(session, models, options, message));
    return DET_OK;
}

static bool are_models(const det_model *const *models, size_t count)
{
    for (size_t i = 0; models && i < count; i++)
        if (!models[i])
            return false;
    return models && count > 0;
}

det_status det_session_create_ensemble(const det_model *const *models,
                                       size_t count,
                                       const det_session_options *options,
                                       det_session **out)
{
    if (!out || !are_models(models, count))
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(models[0]->context);
    det_session_options effective;
    det_status status;
    *out = NULL;
    if (count > DET_MOST_MEMBERS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "an ensemble of %zu models; at most %d are possible",
                        count, DET_MOST_MEMBERS);
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(init_session(*out, models, count, &effective, message));
    return DET_OK;
fail:
    det_session_destroy(out);
    return status;
}

det_status det_session_create(const det_model *model,
                              const det_session_options *options,
                              det_session **out)
{
    return det_session_create_ensemble(&model, 1, options, out);
}

void det_session_destroy(det_session **session)
{
    if (!session || !*session)
        return;
    det_layer_report_destroy(&(*session)->layers);
    det_engine_destroy(&(*session)->engine);
    det_mask_paster_destroy(&(*session)->paster); /* what it read has ended */
    free(*session);
    *session = NULL;
}

det_status det_session_watch_layers(det_session *session, det_layer_fn watch,
                                    void *user)
{
    if (!session)
        return DET_ERROR_ARGUMENT;
    struct det_layer_report_config config = {.watch = watch, .user = user};
    for (int i = 0; i < session->num_members; i++)
        config.networks[config.count++] = session->members[i].network;
    return det_layer_report_set(&session->layers, &session->engine.compute,
                                &config);
}

const char *det_session_message(const det_session *session)
{
    return session ? session->message.text : "";
}

/* ------------------------------------------------------------------ running */

static struct det_pipeline session_pipeline(struct det_session *session,
                                            struct det_costs *costs)
{
    return (struct det_pipeline){.compute = &session->engine.compute,
                                 .members = session->members,
                                 .num_members = session->num_members,
                                 .progress = session->progress,
                                 .progress_user = session->progress_user,
                                 .costs = costs};
}

static det_status make_result(struct det_session *session,
                              const struct det_pipeline_result *raw,
                              struct det_costs *costs, const det_pixels *pixels,
                              det_result **out)
{
    if (session->progress &&
        session->progress(session->progress_user, DET_STAGE_PASTE) != 0)
        return det_fail(&session->message, DET_ERROR_CANCELLED,
                        "cancelled before stage paste");
    const double start = det_seconds();
    DET_TRY(det_result_create_all(&session->engine.compute, out, raw,
                                  &session->settings[0], &session->paster,
                                  pixels, 1));
    costs->stage[DET_STAGE_PASTE].seconds = det_seconds() - start;
    (*out)->costs = *costs;
    return DET_OK;
}

struct look {
    struct det_session *session;
    const struct det_pipeline *pipeline;
    struct det_pipeline_result *raw;
    const det_pixels *pixels;
    det_result **out; /* NULL: of a view, that is not all there is to say */
};

/* The result is made before the engine waits for the run's end, so that masks
 * are asked for and waited for once. */
static det_status run_look(struct det_compute *compute, void *user)
{
    const struct look *look = user;
    DET_TRY(det_pipeline_run(look->pipeline, look->raw, look->pixels));
    return !look->out || det_planning(compute)
               ? DET_OK
               : make_result(look->session, look->raw, look->pipeline->costs,
                             look->pixels, look->out);
}

/* Plan, unless the last photo was as large, and run. */
static det_status run_photo(struct det_session *session, struct look *look)
{
    struct det_engine *engine = &session->engine;
    const det_pixels *pixels = look->pixels;
    if (session->planned_h != pixels->height ||
        session->planned_w != pixels->width) {
        session->planned_h = session->planned_w = 0;
        DET_TRY(det_engine_plan(engine, run_look, look));
        session->planned_h = pixels->height;
        session->planned_w = pixels->width;
    }
    return det_engine_run_planned(engine, run_look, look);
}

/* Each view needs memory of its own size. */
static det_status run_view(void *user, const struct det_pipeline *pipeline,
                           struct det_pipeline_result *raw,
                           const det_pixels *pixels)
{
    struct det_session *session = user;
    struct look look = {session, pipeline, raw, pixels, NULL};
    return det_engine_run(&session->engine, run_look, &look);
}

static det_status look_at(struct det_session *session,
                          struct det_augmented *augmented,
                          const struct det_pipeline *pipeline,
                          const det_pixels *pixels, det_result **out)
{
    const struct det_pipeline_runner runner = {run_view, session};
    struct det_pipeline_result raw;
    struct look look = {session, pipeline, &raw, pixels, out};
    if (session->settings[0].augmentation.count == 0)
        return run_photo(session, &look);
    DET_TRY(det_augmented_run(augmented, &raw, pipeline, &runner, pixels));
    return make_result(session, &raw, pipeline->costs, pixels, out);
}

static det_status run_session(struct det_session *session,
                              const det_pixels *pixels, det_result **out)
{
    struct det_costs costs = {0};
    const struct det_pipeline pipeline = session_pipeline(session, &costs);
    struct det_augmented augmented = {0};
    DET_TRY(det_pixels_check(pixels, &session->message));
    const det_status status =
        look_at(session, &augmented, &pipeline, pixels, out);
    det_augmented_destroy(&augmented);
    if (status != DET_OK)
        det_result_destroy(out);
    return status;
}

det_status det_session_run(det_session *session, const det_pixels *pixels,
                           det_result **out)
{
    if (!session || !out)
        return DET_ERROR_ARGUMENT;
    *out = NULL;
    session->message.text[0] = 0;
    return run_session(session, pixels, out);
}
