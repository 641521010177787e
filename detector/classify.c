/* SPDX-License-Identifier: MIT */
/* Classification of one image: its views, the network, the mean. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/activation.h"
#include "compute/engine.h"
#include "compute/resize.h"
#include "detect/classify.h"
#include "detector/classifier.h"
#include "detector/context.h"
#include "detector/model.h"
#include "detector/pixels.h"
#include "detector/views.h"

enum { MOST_SCALES = 16, LEAST_SCALE = 8, MOST_SCALE = 4096 };

/* He et al. 2015, section 3.4 */
static const int32_t full_scales[] = {224, 256, 384, 480, 640};

struct det_classifier {
    const struct det_model *model;
    det_views views;
    int32_t scales[MOST_SCALES];
    size_t scale_count;
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

static det_status choose_scales(struct det_classifier *c,
                                const det_classifier_options *options,
                                struct det_message *message)
{
    const struct det_preset *preset = &c->model->preset;
    const int32_t *scales = &preset->min_size;
    size_t count = 1;
    if (options->scales) {
        scales = options->scales;
        count = options->scale_count;
    } else if (c->views == DET_VIEWS_FULL && preset->crop_size > 32) {
        scales = full_scales;
        count = sizeof full_scales / sizeof full_scales[0];
    }
    if (count < 1 || count > MOST_SCALES)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu scales; 1 to %d are possible", count, MOST_SCALES);
    const int32_t least =
        c->views == DET_VIEWS_FULL ? LEAST_SCALE : preset->crop_size;
    for (size_t i = 0; i < count; i++) {
        if (scales[i] < least || scales[i] > MOST_SCALE)
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "a scale of %d pixels; %d to %d are possible",
                            scales[i], least, MOST_SCALE);
        c->scales[i] = scales[i];
    }
    c->scale_count = count;
    return DET_OK;
}

static det_status init_classifier(struct det_classifier *c,
                                  const struct det_model *model,
                                  const det_classifier_options *options,
                                  struct det_message *message)
{
    if (!model->network.architecture->classifier)
        return det_fail(message, DET_ERROR_MODEL,
                        "%s is a detector: it names no whole images",
                        model->network.architecture->name);
    c->model = model;
    c->views = options->views;
    DET_TRY(choose_scales(c, options, message));
    DET_TRY(det_engine_create(&c->engine,
                              options->device ? options->device : "cpu",
                              options->threads, message));
    c->engine.compute.message = &c->message;
    c->message.log = model->context->log;
    c->message.log_user = model->context->log_user;
    return DET_OK;
}

det_status det_classifier_create(const det_model *model,
                                 const det_classifier_options *options,
                                 det_classifier **out)
{
    if (!model || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(model->context);
    det_classifier_options effective;
    det_status status;
    *out = NULL;
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(init_classifier(*out, model, &effective, message));
    return DET_OK;
fail:
    det_classifier_destroy(out);
    return status;
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

/* One image at one scale. */
struct look {
    const struct det_classifier *classifier;
    const det_pixels *pixels;
    int32_t scale;
    float *probabilities; /* [K], added to */
    int32_t views;        /* so far */
};

static det_status resize(struct det_compute *compute, const struct look *look,
                         struct det_tensor *out)
{
    const struct det_preset *p = &look->classifier->model->preset;
    const struct det_view_size size = det_view_size_for(
        look->scale, look->pixels->height, look->pixels->width);
    struct det_resize op = {.kind = DET_RESIZE_PILLOW,
                            .pixels = *look->pixels,
                            .resized_h = size.h,
                            .resized_w = size.w,
                            .bgr = p->bgr,
                            .unit = p->unit};
    memcpy(op.mean, p->mean, sizeof op.mean);
    memcpy(op.std, p->std, sizeof op.std);
    DET_TRY(det_resize(compute, &op, size.h, size.w));
    *out = op.out;
    return DET_OK;
}

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
    const struct det_classifier *c = look->classifier;
    struct det_tensor image, views, logits;
    DET_TRY(resize(compute, look, &image));
    DET_TRY(det_views_cut(compute, &views, &image, c->views,
                          c->model->preset.crop_size));
    det_tensor_give(compute, &image);
    DET_TRY(
        det_classifier_forward(compute, &c->model->network, &logits, &views));
    DET_TRY(det_softmax(compute, &logits));
    if (!det_planning(compute))
        add_probabilities(look, &logits);
    det_tensor_give(compute, &logits);
    return DET_OK;
}

static det_status run(struct det_classifier *c, const det_pixels *pixels,
                      float *probabilities)
{
    struct look look = {
        .classifier = c, .pixels = pixels, .probabilities = probabilities};
    const int32_t labels = c->model->num_labels;
    DET_TRY(det_pixels_check(pixels, &c->message));
    memset(probabilities, 0, (size_t)labels * sizeof *probabilities);
    for (size_t i = 0; i < c->scale_count; i++) {
        look.scale = c->scales[i];
        DET_TRY(det_engine_run(&c->engine, look_at, &look));
    }
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
