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
#include "detector/model.h"
#include "detector/pixels.h"
#include "detector/views.h"

struct det_classifier {
    struct det_committee models;
    struct det_view_scales scales[DET_COMMITTEE_MOST]; /* of each model */
    det_views views;
    struct det_message message;
    struct det_engine engine;
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
    const struct det_engine_options engine = {.device = options->device,
                                              .threads = options->threads};
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
    det_engine_destroy(&(*classifier)->engine);
    free(*classifier);
    *classifier = NULL;
}

const char *det_classifier_message(const det_classifier *classifier)
{
    return classifier ? classifier->message.text : "";
}

/* ------------------------------------------------------------------ running */

/* One image at one scale, by one model. */
struct look {
    const struct det_model *model;
    det_views kind;
    const det_pixels *pixels;
    int32_t scale;
    float *probabilities; /* [K], added to */
    int32_t views;        /* so far */
};

static void add_probabilities(struct look *look, const struct det_tensor *rows)
{
    for (int32_t i = 0; i < rows->n; i++)
        for (int32_t k = 0; k < rows->c; k++)
            look->probabilities[k] += rows->data[(int64_t)i * rows->c + k];
    look->views += rows->n;
}

static det_status look_at(struct det_compute *compute, void *user)
{
    struct look *look = user;
    const struct det_preset *preset = &look->model->preset;
    struct det_tensor image, views, logits, rows;
    DET_TRY(det_view_resize(compute, &image, preset, look->pixels,
                            det_view_size_for(look->scale, look->pixels->height,
                                              look->pixels->width)));
    DET_TRY(
        det_views_cut(compute, &views, &image, look->kind, preset->crop_size));
    det_tensor_give(compute, &image);
    DET_TRY(det_classifier_forward(compute, &look->model->network, &logits,
                                   &views));
    DET_TRY(det_softmax(compute, &logits));
    DET_TRY(det_host_view_take(compute, &rows, &logits));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        add_probabilities(look, &rows);
    det_host_view_give(compute, &rows);
    det_tensor_give(compute, &logits);
    return DET_OK;
}

static det_status look_with(struct det_classifier *c, struct look *look,
                            size_t index)
{
    const struct det_view_scales *scales = &c->scales[index];
    look->model = c->models.models[index];
    for (size_t i = 0; i < scales->count; i++) {
        look->scale = scales->sides[i];
        DET_TRY(det_engine_run(&c->engine, look_at, look));
    }
    return DET_OK;
}

static det_status run(struct det_classifier *c, const det_pixels *pixels,
                      float *probabilities)
{
    struct look look = {
        .kind = c->views, .pixels = pixels, .probabilities = probabilities};
    const int32_t labels = c->models.models[0]->num_labels;
    DET_TRY(det_pixels_check(pixels, &c->message));
    memset(probabilities, 0, (size_t)labels * sizeof *probabilities);
    for (size_t i = 0; i < c->models.count; i++)
        DET_TRY(look_with(c, &look, i));
    for (int32_t k = 0; k < labels; k++)
        probabilities[k] /= (float)look.views;
    return DET_OK;
}

det_status det_classifier_run(det_classifier *classifier,
                              const det_pixels *pixels, float *probabilities)
{
    if (!classifier || !probabilities)
        return DET_ERROR_ARGUMENT;
    classifier->message.text[0] = 0;
    return run(classifier, pixels, probabilities);
}
