/* SPDX-License-Identifier: MIT */
/* Classification of one image: its views, the network, the mean. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/activation.h"
#include "compute/engine.h"
#include "detect/classify.h"
#include "detector/classifier.h"
#include "detector/committee.h"
#include "detector/context.h"
#include "detector/costs.h"
#include "detector/layer_report.h"
#include "detector/model.h"
#include "detector/pipeline.h"
#include "detector/pixels.h"
#include "detector/views.h"

struct det_classifier {
    struct det_committee models;
    struct det_view_scales scales[DET_COMMITTEE_MOST]; /* of each model */
    det_views views;
    struct det_message message;
    struct det_engine engine;
    struct det_costs costs; /* of the last run */
    struct det_layer_report layers;
};

/* ----------------------------------------------------------------- creation */

void det_classifier_options_init(det_classifier_options *options)
{
    *options = (det_classifier_options){.struct_size = sizeof *options};
}

static det_status read_options(det_classifier_options *out,
                               const det_classifier_options *options,
                               struct det_message *message)
{
    det_classifier_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "classifier options of %zu bytes; this library knows "
                        "%zu: call det_classifier_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    if (out->views < DET_VIEWS_CENTER || out->views > DET_VIEWS_FULL)
        return det_fail(message, DET_ERROR_ARGUMENT, "views is %d",
                        (int)out->views);
    return DET_OK;
}

static det_status init_classifier(struct det_classifier *c,
                                  const det_classifier_options *options,
                                  struct det_message *message)
{
    const struct det_context *context = c->models.models[0]->context;
    c->views = options->views;
    for (size_t i = 0; i < c->models.count; i++)
        DET_TRY(det_view_scales_choose(
            &c->scales[i], &c->models.models[i]->preset, c->views,
            options->scales, options->scale_count, message));
    const struct det_engine_options engine = {
        .device = options->device,
        .threads = options->threads,
        .of_device = {.precision = c->models.models[0]->precision}};
    DET_TRY(det_models_engine(&c->engine, c->models.models, c->models.count,
                              &engine, message));
    c->engine.compute.message = &c->message;
    c->message.log = context->log;
    c->message.log_user = context->log_user;
    return DET_OK;
}

det_status det_classifier_create_ensemble(const det_model *const *models,
                                          size_t count,
                                          const det_classifier_options *options,
                                          det_classifier **out)
{
    if (!models || count == 0 || !models[0] || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(models[0]->context);
    det_classifier_options effective;
    det_status status;
    *out = NULL;
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(det_committee_gather(
        &(*out)->models, models, count, DET_MODEL_CLASSIFIER,
        "is no classifier: it names no whole images", message));
    DET_TRY_OR_FAIL(init_classifier(*out, &effective, message));
    return DET_OK;
fail:
    det_classifier_destroy(out);
    return status;
}

det_status det_classifier_create(const det_model *model,
                                 const det_classifier_options *options,
                                 det_classifier **out)
{
    return det_classifier_create_ensemble(&model, 1, options, out);
}

void det_classifier_destroy(det_classifier **classifier)
{
    if (!classifier || !*classifier)
        return;
    det_layer_report_destroy(&(*classifier)->layers);
    det_engine_destroy(&(*classifier)->engine);
    free(*classifier);
    *classifier = NULL;
}

det_status det_classifier_watch_layers(det_classifier *classifier,
                                       det_layer_fn watch, void *user)
{
    if (!classifier)
        return DET_ERROR_ARGUMENT;
    struct det_layer_report_config config = {.watch = watch, .user = user};
    for (size_t i = 0; i < classifier->models.count; i++)
        config.networks[config.count++] =
            &classifier->models.models[i]->network;
    return det_layer_report_set(&classifier->layers,
                                &classifier->engine.compute, &config);
}

const char *det_classifier_message(const det_classifier *classifier)
{
    return classifier ? classifier->message.text : "";
}

/* ------------------------------------------------------------------ running */

/* Images at one scale, by one model. */
struct look {
    const struct det_model *model;
    det_views kind;
    const det_pixels *images; /* [count] */
    size_t count;
    int32_t scale;
    float *probabilities; /* [count, K], added to */
    struct det_costs *costs;
};

static void add_probabilities(const struct look *look,
                              const struct det_tensor *rows)
{
    const int32_t views = det_view_count(look->kind);
    for (int32_t i = 0; i < rows->n; i++) {
        float *sums = look->probabilities + (int64_t)(i / views) * rows->c;
        for (int32_t k = 0; k < rows->c; k++)
            sums[k] += rows->data[(int64_t)i * rows->c + k];
    }
}

/* views [count * V, H, W, 3]: those of each image, one image after the other.
 */
static det_status cut_views(struct det_compute *compute,
                            const struct look *look, struct det_tensor *views)
{
    const struct det_preset *preset = &look->model->preset;
    for (size_t i = 0; i < look->count; i++) {
        const det_pixels *pixels = &look->images[i];
        const struct det_view_size size =
            det_view_size_for(look->scale, pixels->height, pixels->width);
        struct det_tensor image;
        if (i == 0)
            DET_TRY(det_views_take(compute, views, (int32_t)look->count,
                                   look->kind, size, preset->crop_size));
        DET_TRY(det_view_resize(compute, &image, preset, pixels, size));
        DET_TRY(det_views_copy(compute, views, (int32_t)i, &image, look->kind));
        det_tensor_give(compute, &image);
    }
    DET_TRY(det_tensor_move_to_device(compute, views));
    return det_tensor_round(compute, views);
}

static det_status forward(struct det_compute *compute, const struct look *look,
                          struct det_tensor *views)
{
    struct det_tensor logits, rows;
    DET_TRY(
        det_classifier_forward(compute, &look->model->network, &logits, views));
    DET_TRY(det_softmax(compute, &logits));
    DET_TRY(det_host_view_take(compute, &rows, &logits));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        add_probabilities(look, &rows);
    det_host_view_give(compute, &rows);
    det_tensor_give(compute, &logits);
    return DET_OK;
}

static det_status look_at(struct det_compute *compute, void *user)
{
    const struct look *look = user;
    struct det_tensor views;
    DET_TRY(det_costs_begin(look->costs, compute, DET_STAGE_RESIZE));
    DET_TRY(cut_views(compute, look, &views));
    DET_TRY(det_costs_end(look->costs, compute, DET_STAGE_RESIZE));
    DET_TRY(det_costs_begin(look->costs, compute, DET_STAGE_BACKBONE));
    DET_TRY(forward(compute, look, &views));
    return det_costs_end(look->costs, compute, DET_STAGE_BACKBONE);
}

/* All scales of all models. */
static det_status look_with_all(struct det_classifier *c, struct look *look)
{
    for (size_t m = 0; m < c->models.count; m++) {
        const struct det_view_scales *scales = &c->scales[m];
        look->model = c->models.models[m];
        for (size_t i = 0; i < scales->count; i++) {
            look->scale = scales->sides[i];
            DET_TRY(det_engine_run(&c->engine, look_at, look));
            DET_TRY(det_costs_add(look->costs, &c->engine.compute));
        }
    }
    return DET_OK;
}

/* Whole images may have any size: one after the other. */
static det_status look_at_all(struct det_classifier *c, struct look *look)
{
    const det_pixels *images = look->images;
    const size_t count = look->count;
    const int32_t labels = c->models.models[0]->num_labels;
    if (look->kind != DET_VIEWS_FULL)
        return look_with_all(c, look);
    look->count = 1;
    for (size_t i = 0; i < count; i++) {
        look->images = &images[i];
        DET_TRY(look_with_all(c, look));
        look->probabilities += labels;
    }
    return DET_OK;
}

static int32_t views_of_image(const struct det_classifier *c)
{
    size_t runs = 0;
    for (size_t m = 0; m < c->models.count; m++)
        runs += c->scales[m].count;
    return (int32_t)runs * det_view_count(c->views);
}

static det_status run(struct det_classifier *c, const det_pixels *images,
                      size_t count, float *probabilities)
{
    struct look look = {.kind = c->views,
                        .images = images,
                        .count = count,
                        .probabilities = probabilities,
                        .costs = &c->costs};
    const size_t sums = count * (size_t)c->models.models[0]->num_labels;
    c->costs = (struct det_costs){0};
    for (size_t i = 0; i < count; i++)
        DET_TRY(det_pixels_check(&images[i], &c->message));
    memset(probabilities, 0, sums * sizeof *probabilities);
    DET_TRY(look_at_all(c, &look));
    const float views = (float)views_of_image(c);
    for (size_t k = 0; k < sums; k++)
        probabilities[k] /= views;
    return DET_OK;
}

det_status det_classifier_run_batch(det_classifier *classifier,
                                    const det_pixels *images, size_t count,
                                    float *probabilities)
{
    if (!classifier || !images || !probabilities)
        return DET_ERROR_ARGUMENT;
    classifier->message.text[0] = 0;
    if (count < 1 || count > DET_MOST_BATCH)
        return det_fail(&classifier->message, DET_ERROR_ARGUMENT,
                        "a batch of %zu images; 1 to %d are possible", count,
                        DET_MOST_BATCH);
    return run(classifier, images, count, probabilities);
}

det_status det_classifier_run(det_classifier *classifier,
                              const det_pixels *pixels, float *probabilities)
{
    if (!classifier || !probabilities)
        return DET_ERROR_ARGUMENT;
    classifier->message.text[0] = 0;
    return run(classifier, pixels, 1, probabilities);
}

det_stage_cost det_classifier_stage_cost(const det_classifier *classifier,
                                         det_stage stage)
{
    return classifier && (unsigned)stage < DET_STAGE_COUNT
               ? classifier->costs.stage[stage]
               : (det_stage_cost){0};
}
