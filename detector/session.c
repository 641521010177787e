/* SPDX-License-Identifier: MIT */
#include "detector/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/engine.h"
#include "detector/augmented_run.h"
#include "detector/context.h"
#include "detector/ensemble.h"
#include "detector/layer_report.h"
#include "detector/model.h"
#include "detector/photo.h"
#include "detector/pixels.h"
#include "detector/result.h"

struct det_photo_sides {
    int32_t height, width; /* pixels */
};

struct det_session {
    struct det_settings settings[DET_MOST_MEMBERS];
    struct det_member members[DET_MOST_MEMBERS];
    int num_members;
    det_progress_fn progress;
    void *progress_user;

    struct det_message message;
    struct det_engine engine;
    struct det_photo *photos; /* [photo_room] */
    int32_t photo_room;
    struct det_photo_sides planned[DET_MOST_IMAGES]; /* photos that its memory
                                                      suffices for */
    int32_t num_planned;
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
    free((*session)->photos);
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
                                 .photos = session->photos,
                                 .progress = session->progress,
                                 .progress_user = session->progress_user,
                                 .costs = costs};
}

/* All of `count` photos' results. */
static det_status make_results(struct det_session *session,
                               const struct det_pipeline_result *raw,
                               struct det_costs *costs,
                               const det_pixels *pixels, int32_t count,
                               det_result **out)
{
    struct det_compute *compute = &session->engine.compute;
    if (session->progress &&
        session->progress(session->progress_user, DET_STAGE_PASTE) != 0)
        return det_fail(&session->message, DET_ERROR_CANCELLED,
                        "cancelled before stage paste");
    DET_TRY(det_costs_begin(costs, compute, DET_STAGE_PASTE));
    DET_TRY(det_result_create_all(compute, out, raw, &session->settings[0],
                                  &session->paster, pixels, count));
    return det_costs_end(costs, compute, DET_STAGE_PASTE);
}

/* Photos that are looked at together. */
struct look {
    struct det_session *session;
    const struct det_pipeline *pipeline;
    struct det_pipeline_result *raw; /* [count] */
    const det_pixels *pixels;        /* [count] */
    int32_t count;
    det_result **out; /* [count]; NULL: of a view, that is not all there is to
                         say */
};

/* Results are made before the engine waits for the run's end, so that masks are
 * asked for and waited for once. */
static det_status run_look(struct det_compute *compute, void *user)
{
    const struct look *look = user;
    DET_TRY(
        det_pipeline_run(look->pipeline, look->raw, look->pixels, look->count));
    return !look->out || det_planning(compute)
               ? DET_OK
               : make_results(look->session, look->raw, look->pipeline->costs,
                              look->pixels, look->count, look->out);
}

/* For so many photos at once. */
static det_status make_room(struct det_session *session, int32_t count)
{
    if (count <= session->photo_room)
        return DET_OK;
    session->photo_room = 0;
    DET_TRY(det_reallocate(&session->photos, (size_t)count,
                           sizeof *session->photos, &session->message));
    session->photo_room = count;
    return DET_OK;
}

static bool is_planned(const struct det_session *session,
                       const struct look *look)
{
    bool same = session->num_planned == look->count;
    for (int32_t i = 0; same && i < look->count; i++)
        same = session->planned[i].height == look->pixels[i].height &&
               session->planned[i].width == look->pixels[i].width;
    return same;
}

/* Plan, unless the last photos were as large, and run. */
static det_status run_photos(struct det_session *session, struct look *look)
{
    struct det_engine *engine = &session->engine;
    if (is_planned(session, look))
        return det_engine_run_planned(engine, run_look, look);
    session->num_planned = 0;
    DET_TRY(det_engine_plan(engine, run_look, look));
    for (int32_t i = 0; i < look->count; i++)
        session->planned[i] = (struct det_photo_sides){look->pixels[i].height,
                                                       look->pixels[i].width};
    session->num_planned = look->count;
    return det_engine_run_planned(engine, run_look, look);
}

/* Each view needs memory of its own size. */
static det_status run_view(void *user, const struct det_pipeline *pipeline,
                           struct det_pipeline_result *raw,
                           const det_pixels *pixels)
{
    struct det_session *session = user;
    struct look look = {session, pipeline, raw, pixels, 1, NULL};
    session->num_planned = 0;
    DET_TRY(det_engine_run(&session->engine, run_look, &look));
    return det_costs_add(pipeline->costs, pipeline->compute);
}

/* Each photo's result tells its share of what all of them cost. */
static void share_costs(det_result *const *results, int32_t count,
                        struct det_costs costs)
{
    for (int i = 0; i < DET_STAGE_COUNT; i++) {
        costs.stage[i].seconds /= count;
        costs.stage[i].gflop /= count;
    }
    for (int32_t i = 0; i < count; i++)
        results[i]->costs = costs;
}

static det_status run_batch(struct det_session *session,
                            const det_pixels *pixels, int32_t count,
                            det_result **out)
{
    struct det_costs costs = {0};
    struct det_pipeline_result raw[DET_MOST_IMAGES];
    const struct det_pipeline pipeline = session_pipeline(session, &costs);
    struct look look = {session, &pipeline, raw, pixels, count, out};
    DET_TRY(run_photos(session, &look));
    DET_TRY(det_costs_add(&costs, pipeline.compute));
    share_costs(out, count, costs);
    return DET_OK;
}

/* A photo in several views, which have a batch's place. */
static det_status run_views(struct det_session *session,
                            const det_pixels *pixels, det_result **out)
{
    struct det_costs costs = {0};
    const struct det_pipeline pipeline = session_pipeline(session, &costs);
    const struct det_pipeline_runner runner = {run_view, session};
    struct det_augmented augmented;
    struct det_pipeline_result raw;
    det_status status =
        det_augmented_run(&augmented, &raw, &pipeline, &runner, pixels);
    if (status == DET_OK)
        status = make_results(session, &raw, &costs, pixels, 1, out);
    if (status == DET_OK)
        status = det_costs_add(&costs, pipeline.compute);
    det_augmented_destroy(&augmented);
    if (status == DET_OK)
        share_costs(out, 1, costs);
    return status;
}

static det_status run_all(struct det_session *session, const det_pixels *pixels,
                          int32_t count, det_result **out)
{
    const bool has_views = session->settings[0].augmentation.count > 0;
    for (int32_t i = 0; i < count; i++)
        DET_TRY(det_pixels_check(&pixels[i], &session->message));
    DET_TRY(make_room(session, has_views ? 1 : count));
    if (!has_views)
        return run_batch(session, pixels, count, out);
    for (int32_t i = 0; i < count; i++)
        DET_TRY(run_views(session, &pixels[i], &out[i]));
    return DET_OK;
}

det_status det_session_run_batch(det_session *session, const det_pixels *pixels,
                                 size_t count, det_result **results)
{
    if (!session || (count && (!pixels || !results)))
        return DET_ERROR_ARGUMENT;
    session->message.text[0] = 0;
    for (size_t i = 0; i < count; i++)
        results[i] = NULL;
    if (count > DET_MOST_IMAGES)
        return det_fail(&session->message, DET_ERROR_ARGUMENT,
                        "%zu images at once; at most %d are possible", count,
                        DET_MOST_IMAGES);
    if (count == 0)
        return DET_OK;
    const det_status status = run_all(session, pixels, (int32_t)count, results);
    for (size_t i = 0; status != DET_OK && i < count; i++)
        det_result_destroy(&results[i]);
    return status;
}

det_status det_session_run(det_session *session, const det_pixels *pixels,
                           det_result **out)
{
    return det_session_run_batch(session, pixels, 1, out);
}
