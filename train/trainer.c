/* SPDX-License-Identifier: MIT */
#include "train/trainer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "detector/context.h"
#include "train/checkpoint.h"
#include "train/export.h"
#include "train/initial_weights.h"
#include "train/initialise.h"
#include "train/moving_average.h"
#include "train/recompute_norms.h"

/* ------------------------------------------------------------------ creation
 */

void det_train_options_init(det_train_options *options)
{
    *options = (det_train_options){.struct_size = sizeof *options};
}

int det_train_setting(size_t index, const char **name, const char **meaning)
{
    return det_train_config_describe(index, name, meaning);
}

static det_status read_options(det_train_options *out,
                               const det_train_options *options,
                               struct det_message *message)
{
    det_train_options_init(out);
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "training options of %zu bytes; this library knows "
                        "%zu: call det_train_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    if (!out->architecture || !out->data || !out->images)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "architecture, data and images must be given");
    return DET_OK;
}

static const struct det_train_task *task_of(det_model_kind kind)
{
    switch (kind) {
    case DET_MODEL_CLASSIFIER:
        return &det_classifier_task;
    case DET_MODEL_LOCALIZER:
        return &det_localizer_task;
    case DET_MODEL_RESCORER:
        return &det_rescorer_task;
    case DET_MODEL_DETECTOR:
        break;
    }
    return &det_detector_task;
}

static det_status choose_architecture(struct det_trainer *t, const char *name,
                                      struct det_message *message)
{
    const struct det_architecture *a = det_architecture_find(name);
    if (!a)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "unknown architecture \"%s\"; detect-convert "
                        "--list-archs names those that are known",
                        name);
    t->task = task_of(a->kind);
    t->metadata = det_metadata_default(a, det_preset_find(a->preset));
    t->metadata.norm_eps = a->norm_eps > 0.0f ? a->norm_eps : 1e-5f;
    return DET_OK;
}

static det_status make_settings(struct det_trainer *t,
                                const det_train_options *options,
                                struct det_message *message)
{
    struct det_train_config *c = &t->config;
    det_train_config_init(c, t->metadata.architecture);
    for (size_t i = 0; i < options->setting_count; i++)
        DET_TRY(det_train_config_set(c, options->settings[i], message));
    for (int i = 0; i < 3; i++) {
        t->metadata.preset.mean[i] = (float)c->mean[i];
        t->metadata.preset.std[i] = (float)c->std[i];
    }
    if (c->test_min_size)
        t->metadata.preset.min_size = (int32_t)c->test_min_size;
    if (c->test_max_size)
        t->metadata.preset.max_size = (int32_t)c->test_max_size;
    t->metadata.class_agnostic =
        c->class_agnostic && det_architecture_detects(t->metadata.architecture);
    t->metadata.context =
        c->context && det_architecture_detects(t->metadata.architecture);
    if (t->metadata.context && t->metadata.architecture->cascade)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "context=1 is not for %s: a cascade has no place for "
                        "it",
                        t->metadata.architecture->name);
    if (t->metadata.context && c->parameters.batch_norm)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "context=1 needs batch_norm=0: regions and whole "
                        "images would share running statistics that are "
                        "neither's");
    if (c->min_scale > c->max_scale)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "min_scale=%lld is above max_scale=%lld",
                        (long long)c->min_scale, (long long)c->max_scale);
    return det_train_config_text(&t->settings, c, message);
}

/* Whether label 0 is the background's. */
static bool has_background_label(const struct det_trainer *t)
{
    return det_architecture_detects(t->metadata.architecture) &&
           t->metadata.preset.background_first;
}

/* Names of the labels, one a line. */
static det_status list_classes(struct det_trainer *t,
                               struct det_message *message)
{
    static const char background[] = "__background__\n";
    const struct det_dataset *d = t->data;
    size_t size = sizeof background, length = 0;
    for (size_t i = 0; i < d->num_categories; i++)
        size += strlen(d->categories[i].name) + 1;
    DET_TRY(det_allocate(&t->classes, size, 1, message));
    if (has_background_label(t)) {
        memcpy(t->classes, background, sizeof background);
        length = strlen(background);
    }
    for (size_t i = 0; i < d->num_categories; i++) {
        const char *name = d->categories[i].name;
        for (; *name; name++)
            t->classes[length++] = *name == '\n' ? ' ' : *name;
        t->classes[length++] = '\n';
    }
    t->metadata.classes = t->classes;
    return DET_OK;
}

/* How many box regressors there are. */
static int32_t delta_classes(const struct det_trainer *t)
{
    const int32_t classes = (int32_t)t->data->num_categories;
    if (t->metadata.class_agnostic)
        return 1;
    return t->metadata.preset.background_has_deltas ? classes + 1 : classes;
}

static det_status make_network(struct det_trainer *t, const char *init,
                               struct det_message *message)
{
    const int32_t classes = (int32_t)t->data->num_categories;
    const bool detects = det_architecture_detects(t->metadata.architecture);
    const struct det_network_config config = {
        .architecture = t->metadata.architecture,
        .preset = &t->metadata.preset,
        .norm_eps = t->metadata.norm_eps,
        .num_scores = detects ? classes + 1 : classes,
        .num_delta_classes = delta_classes(t),
        .context = t->metadata.context};
    DET_TRY(det_network_init(&t->network, &config, message));
    DET_TRY(det_parameters_create(&t->parameters, &t->network,
                                  &t->config.parameters, message));
    DET_TRY(
        det_initialise(&t->parameters, &t->network, (uint64_t)t->config.seed));
    if (init)
        DET_TRY(det_initial_weights_read(&t->parameters, init, message));
    if (t->config.ema > 0.0)
        DET_TRY(det_moving_average_create(&t->parameters, message));
    return det_parameters_prepare(&t->parameters, &t->network);
}

static void count_iterations(struct det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    const double steps =
        c->epochs * (double)t->order.count / (double)det_train_step_images(c);
    t->iterations = c->iterations ? c->iterations : (int64_t)ceil(steps);
}

static det_status check_proposals(const struct det_trainer *t,
                                  struct det_message *message)
{
    const struct det_architecture *a = t->metadata.architecture;
    if (a->kind == DET_MODEL_RESCORER ||
        (!t->proposals && !t->validation_proposals))
        return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "%s learns from images, not from proposals", a->name);
}

static det_status init_trainer(struct det_trainer *t,
                               const det_train_options *o,
                               struct det_message *message)
{
    t->data = o->data;
    t->validation = o->validation;
    t->proposals = o->proposals;
    t->validation_proposals = o->validation_proposals;
    t->bad_image = o->bad_image;
    t->stop = o->stop;
    t->user = o->user;
    DET_TRY(det_copy_text(&t->images, o->images, message));
    DET_TRY(det_copy_text(&t->validation_images,
                          o->validation_images ? o->validation_images : "",
                          message));
    DET_TRY(choose_architecture(t, o->architecture, message));
    DET_TRY(check_proposals(t, message));
    DET_TRY(make_settings(t, o, message));
    DET_TRY(list_classes(t, message));
    DET_TRY(make_network(t, o->init, message));
    t->precision = o->precision;
    det_loss_scale_init(&t->loss_scale, o->precision);
    /* A run that goes on has the bits of one that was not stopped. */
    const struct det_engine_options engine = {
        .device = o->device,
        .threads = (int32_t)t->config.threads,
        .of_device = {.precision = o->precision, .deterministic = true}};
    DET_TRY(det_engine_create(&t->engine, &engine, message));
    t->engine.compute.message = &t->message;
    t->engine.compute.in_order = t->config.in_order;
    t->engine.compute.stop = t->stop;
    t->engine.compute.stop_user = t->user;
    DET_TRY(det_statistics_create(&t->statistics, &t->parameters,
                                  &t->engine.compute));
    DET_TRY(det_image_cache_create(&t->cache, t->data, t->images,
                                   (size_t)t->config.cache << 20, message));
    DET_TRY(det_allocate(&t->samples, (size_t)t->config.batch,
                         sizeof *t->samples, message));
    DET_TRY(det_allocate(&t->seen, (size_t)det_train_step_images(&t->config),
                         sizeof *t->seen, message));
    DET_TRY(t->task->create(t));
    count_iterations(t);
    return DET_OK;
}

det_status det_trainer_create(det_context *context,
                              const det_train_options *options,
                              det_trainer **out)
{
    if (!context || !options || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_train_options effective;
    det_status status;
    *out = NULL;
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->context = context;
    (*out)->message.log = context->log;
    (*out)->message.log_user = context->log_user;
    DET_TRY_OR_FAIL(init_trainer(*out, &effective, message));
    return DET_OK;
fail:
    if (message && !message->text[0])
        det_fail(message, status, "%s", (*out)->message.text);
    det_trainer_destroy(out);
    return status;
}

void det_trainer_destroy(det_trainer **trainer)
{
    if (!trainer || !*trainer)
        return;
    struct det_trainer *t = *trainer;
    det_loader_destroy(&t->loader);
    det_loader_destroy(&t->norms_loader);
    if (t->task)
        t->task->destroy(t);
    for (int64_t i = 0; t->samples && i < t->config.batch; i++)
        det_sample_destroy(&t->samples[i]);
    free(t->samples);
    free(t->seen);
    det_sample_order_destroy(&t->order);
    det_image_cache_destroy(&t->cache);
    det_engine_destroy(&t->engine);
    det_statistics_destroy(&t->statistics);
    det_parameters_destroy(&t->parameters);
    det_network_destroy(&t->network);
    free(t->classes);
    free(t->settings);
    free(t->images);
    free(t->validation_images);
    free(t);
    *trainer = NULL;
}

det_status det_trainer_pass_on(det_trainer *trainer, det_status status)
{
    return status == DET_OK ? DET_OK
                            : det_fail(&trainer->message, status, "%s",
                                       det_context_message(trainer->context));
}

/* ------------------------------------------------------------------- metrics
 */

/* Of the metric with this name, or behind the last. */
static size_t index_of(const struct det_metrics *metrics, const char *name)
{
    size_t i = 0;
    while (i < metrics->count && strcmp(metrics->items[i].name, name) != 0)
        i++;
    return i;
}

void det_metrics_set(struct det_metrics *metrics, const char *name,
                     double value)
{
    const size_t i = index_of(metrics, name);
    if (i == DET_MOST_METRICS)
        return;
    metrics->items[i] = (struct det_metric){name, value};
    metrics->count += i == metrics->count;
}

/* There is none in this step. */
static void drop_metric(struct det_metrics *metrics, const char *name)
{
    const size_t i = index_of(metrics, name);
    if (i == metrics->count)
        return;
    metrics->count--;
    memmove(&metrics->items[i], &metrics->items[i + 1],
            (metrics->count - i) * sizeof metrics->items[0]);
}

static double metric_of(const struct det_metrics *metrics, const char *name)
{
    const size_t i = index_of(metrics, name);
    return i < metrics->count ? metrics->items[i].value : 0.0;
}

double *det_trainer_loss(det_trainer *trainer, const char *name)
{
    struct det_metrics *losses = &trainer->losses;
    const size_t i = index_of(losses, name);
    assert(i < DET_MOST_METRICS);
    if (i == losses->count)
        losses->items[losses->count++] = (struct det_metric){name, 0.0};
    return &losses->items[i].value;
}

void det_trainer_report(det_trainer *trainer, const char *name, double value)
{
    if (det_planning(&trainer->engine.compute))
        return;
    if (trainer->part > 0) {
        const double before = metric_of(&trainer->metrics, name);
        value = before + (value - before) / (double)(trainer->part + 1);
    }
    det_metrics_set(&trainer->metrics, name, value);
}

int det_trainer_metric(const det_trainer *trainer, size_t index,
                       const char **name, double *value)
{
    if (!trainer || index >= trainer->metrics.count)
        return 0;
    *name = trainer->metrics.items[index].name;
    *value = trainer->metrics.items[index].value;
    return 1;
}

/* -------------------------------------------------------------------- a step
 */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void report_bad(void *user, size_t image, const char *text)
{
    const struct det_trainer *t = user;
    if (t->bad_image)
        t->bad_image(t->user, t->data->images[image].file_name, text);
}

/* sample() is given the trainer as well as report(). */
det_status det_trainer_start_loader(det_trainer *trainer,
                                    struct det_loader **out,
                                    uint64_t first_place)
{
    const struct det_train_config *c = &trainer->config;
    return det_loader_create(
        out,
        &(struct det_loader_config){.make = trainer->task->sample,
                                    .report = report_bad,
                                    .stop = trainer->stop,
                                    .user = trainer,
                                    .stop_user = trainer->user,
                                    .first_place = first_place,
                                    .workers = (int)c->workers,
                                    .ahead = (int)(2 * c->batch + c->workers),
                                    .most_bad = c->max_bad,
                                    .images = trainer->data->num_images},
        &trainer->message);
}

det_status det_trainer_take_batch(det_trainer *trainer,
                                  struct det_loader *loader)
{
    for (int64_t i = 0; i < trainer->config.batch; i++)
        DET_TRY(
            det_loader_next(loader, &trainer->samples[i], &trainer->message));
    return DET_OK;
}

void det_trainer_drop_batch(det_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->config.batch; i++)
        det_sample_destroy(&trainer->samples[i]);
}

static det_status take_samples(struct det_trainer *t)
{
    const double start = seconds();
    DET_TRY(det_trainer_take_batch(t, t->loader));
    for (int64_t i = 0; i < t->config.batch; i++)
        t->seen[t->num_seen++] = t->samples[i].image;
    t->data_time += seconds() - start;
    return DET_OK;
}

/* Which images the step had so far, behind what is wrong. */
static void name_images(struct det_trainer *t)
{
    char text[512];
    size_t length = 0;
    for (int64_t i = 0; i < t->num_seen && length < sizeof text; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                   i ? ", " : "",
                                   t->data->images[t->seen[i]].file_name);
    struct det_message last = t->message;
    det_fail(&t->message, DET_ERROR_NUMERIC,
             "iteration %lld: %s (images: %s%s)", (long long)t->iteration,
             last.text, text, length >= sizeof text ? "..." : "");
}

static const char fp16_hint[] =
    ": what is above 65504 is infinite in fp16, bf16 has a float's range";

static det_status check_loss(struct det_trainer *t)
{
    if (isfinite(t->loss))
        return DET_OK;
    return det_fail(&t->message, DET_ERROR_NUMERIC,
                    "the loss is %g; the step is not done%s", t->loss,
                    t->precision == DET_PRECISION_FP16 ? fp16_hint : "");
}

static det_status send_parameters(struct det_trainer *t)
{
    struct det_compute *compute = &t->engine.compute;
    DET_TRY(compute->ops->enter(compute->device, &t->message));
    return det_parameters_send(&t->parameters, compute);
}

det_status det_trainer_fetch(struct det_trainer *t)
{
    struct det_compute *compute = &t->engine.compute;
    DET_TRY(compute->ops->enter(compute->device, &t->message));
    return det_parameters_fetch(&t->parameters, compute);
}

/* Now that they are there. */
static void report_losses(struct det_trainer *t)
{
    for (size_t i = 0; i < t->losses.count; i++) {
        const struct det_metric *loss = &t->losses.items[i];
        det_trainer_report(t, loss->name, loss->value);
        t->loss += loss->value;
    }
}

det_status det_trainer_run(struct det_trainer *t)
{
    struct det_compute *compute = &t->engine.compute;
    t->loss = 0.0;
    t->losses.count = 0;
    t->engine.loss_scale = (float)t->loss_scale.value;
    DET_TRY(send_parameters(t));
    const det_status status = det_engine_step(&t->engine, t->task->program, t);
    det_parameters_changed(&t->parameters, compute);
    if (status == DET_OK)
        report_losses(t);
    return status;
}

/* Adds to the gradients. */
static det_status learn_batch(struct det_trainer *t)
{
    DET_TRY(take_samples(t));
    DET_TRY(det_trainer_run(t));
    DET_TRY(check_loss(t));
    det_trainer_report(t, "total_loss", t->loss);
    return DET_OK;
}

/* The mean of the batches' gradients. */
static det_status find_gradients(struct det_trainer *t)
{
    const int64_t parts = t->config.accumulate;
    DET_TRY(send_parameters(t));
    DET_TRY(det_sgd_clear(&t->parameters, &t->engine.compute));
    t->num_seen = 0;
    t->data_time = 0.0;
    for (t->part = 0; t->part < parts; t->part++) {
        t->batches = t->iteration * parts + t->part;
        const det_status status = learn_batch(t);
        det_trainer_drop_batch(t);
        if (status != DET_OK)
            return status;
    }
    return parts > 1 ? det_sgd_scale(&t->parameters, &t->engine.compute,
                                     1.0 / (double)parts)
                     : DET_OK;
}

/* Gradients that are not finite: the next step tries a lower scale of the
 * losses, where there is one. */
static det_status skip_step(struct det_trainer *t)
{
    struct det_loss_scale *scale = &t->loss_scale;
    drop_metric(&t->metrics, "gradient_norm");
    if (det_loss_scale_lower(scale)) {
        det_log(&t->message, DET_LOG_INFO,
                "iteration %lld: a gradient is infinite in fp16; parameters "
                "stay as they are, and losses are scaled by %g from now on "
                "(%lld steps left out so far)",
                (long long)t->iteration, scale->value,
                (long long)scale->skipped);
        return DET_OK;
    }
    const det_status status =
        det_sgd_name_bad(&t->parameters, &t->engine.compute);
    const struct det_message last = t->message;
    return status == DET_ERROR_NUMERIC && scale->adapts
               ? det_fail(&t->message, status, "%s%s", last.text, fp16_hint)
               : status;
}

static det_status update_parameters(struct det_trainer *t, double rate,
                                    const struct det_sgd_gradients *gradients)
{
    struct det_compute *compute = &t->engine.compute;
    DET_TRY(
        det_sgd_step(&t->parameters, compute, &t->config.sgd, rate, gradients));
    det_metrics_set(&t->metrics, "gradient_norm", gradients->norm);
    det_loss_scale_keep(&t->loss_scale);
    return t->config.ema > 0.0
               ? det_moving_average_update(&t->parameters, compute,
                                           t->config.ema, t->iteration + 1)
               : DET_OK;
}

static det_status learn(struct det_trainer *t)
{
    const double rate =
        det_schedule_rate(&t->config.schedule, t->iteration, t->iterations);
    struct det_sgd_gradients gradients = {.scale = t->loss_scale.value};
    DET_TRY(find_gradients(t));
    DET_TRY(det_sgd_measure(&t->parameters, &t->engine.compute, &gradients));
    if (isfinite(gradients.norm))
        DET_TRY(update_parameters(t, rate, &gradients));
    else
        DET_TRY(skip_step(t));
    det_metrics_set(&t->metrics, "lr", rate);
    det_metrics_set(&t->metrics, "data_time", t->data_time);
    if (t->loss_scale.adapts) {
        det_metrics_set(&t->metrics, "loss_scale", t->loss_scale.value);
        det_metrics_set(&t->metrics, "skipped_steps",
                        (double)t->loss_scale.skipped);
    }
    return DET_OK;
}

/* Before the first step where statistics are fixed, so that all steps see the
 * same ones. */
static det_status begin_norms(struct det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    if (c->recompute_norms == 0 || c->parameters.batch_norm || t->iteration > 0)
        return DET_OK;
    DET_TRY(det_recompute_norms(t));
    det_moving_average_restart(&t->parameters);
    return DET_OK;
}

/* After the last step where the batch's are used: statistics of the weights
 * that become the model. */
static det_status finish_norms(struct det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    if (c->recompute_norms == 0 || !c->parameters.batch_norm ||
        t->iteration != t->iterations || t->norms_are_final)
        return DET_OK;
    DET_TRY(det_trainer_fetch(t));
    det_moving_average_swap(&t->parameters);
    const det_status status = det_recompute_norms(t);
    det_moving_average_swap(&t->parameters);
    t->norms_are_final = status == DET_OK;
    return status;
}

static det_status make_step(struct det_trainer *t)
{
    DET_TRY(begin_norms(t));
    if (t->loader_is_ahead)
        det_loader_destroy(&t->loader);
    t->loader_is_ahead = false;
    if (!t->loader)
        DET_TRY(det_trainer_start_loader(
            t, &t->loader,
            (uint64_t)(t->iteration * det_train_step_images(&t->config))));
    const det_status status = learn(t);
    if (status == DET_ERROR_NUMERIC)
        name_images(t);
    return status;
}

/* The next one is the same again: the same samples, the same statistics.  The
 * loader is not waited for here, since it may hang in a file. */
static det_status give_up_step(struct det_trainer *t)
{
    t->loader_is_ahead = true;
    return det_statistics_put_back(&t->statistics, &t->parameters,
                                   &t->engine.compute);
}

det_status det_trainer_step(det_trainer *trainer)
{
    if (!trainer)
        return DET_ERROR_ARGUMENT;
    const double start = seconds();
    trainer->message.text[0] = 0;
    DET_TRY(det_statistics_keep(&trainer->statistics, &trainer->parameters,
                                &trainer->engine.compute));
    const det_status status = make_step(trainer);
    if (status != DET_OK) {
        give_up_step(trainer); /* where it fails, so did the step */
        return status;
    }
    trainer->iteration++;
    det_metrics_set(&trainer->metrics, "time", seconds() - start);
    return DET_OK;
}

det_status det_trainer_validate(det_trainer *trainer)
{
    if (!trainer)
        return DET_ERROR_ARGUMENT;
    trainer->message.text[0] = 0;
    if (!trainer->validation)
        return det_fail(&trainer->message, DET_ERROR_ARGUMENT,
                        "there are no data to validate with");
    DET_TRY(finish_norms(trainer));
    DET_TRY(det_trainer_fetch(trainer));
    return trainer->task->validate(trainer);
}

/* ---------------------------------------------------------------- its state */

det_status det_trainer_save(det_trainer *trainer, const char *run)
{
    if (!trainer || !run)
        return DET_ERROR_ARGUMENT;
    trainer->message.text[0] = 0;
    const struct det_checkpoint checkpoint = {.iteration = trainer->iteration,
                                              .settings = trainer->settings,
                                              .loss_scale =
                                                  trainer->loss_scale};
    DET_TRY(det_trainer_fetch(trainer));
    return det_checkpoint_save(run, &trainer->parameters, &checkpoint,
                               (int)trainer->config.keep, &trainer->message);
}

det_status det_trainer_resume(det_trainer *trainer, const char *run, int *found)
{
    struct det_checkpoint checkpoint;
    bool is_there = false;
    if (!trainer || !run || !found)
        return DET_ERROR_ARGUMENT;
    trainer->message.text[0] = 0;
    *found = 0;
    det_loader_destroy(&trainer->loader);
    checkpoint = (struct det_checkpoint){.loss_scale = trainer->loss_scale};
    DET_TRY(det_checkpoint_load(run, &trainer->parameters, &checkpoint,
                                &is_there, &trainer->message));
    if (!is_there)
        return DET_OK;
    *found = 1;
    trainer->iteration = checkpoint.iteration;
    trainer->loss_scale = checkpoint.loss_scale;
    trainer->norms_are_final = false;
    return det_parameters_prepare(&trainer->parameters, &trainer->network);
}

det_status det_trainer_export(det_trainer *trainer, const char *path)
{
    if (!trainer || !path)
        return DET_ERROR_ARGUMENT;
    trainer->message.text[0] = 0;
    DET_TRY(finish_norms(trainer));
    DET_TRY(det_trainer_fetch(trainer));
    return det_export_file(path, &trainer->parameters, &trainer->metadata,
                           &trainer->message);
}

/* ------------------------------------------------------------------- queries
 */

const char *det_trainer_message(const det_trainer *trainer)
{
    return trainer ? trainer->message.text : "";
}

const char *det_trainer_settings(const det_trainer *trainer)
{
    return trainer ? trainer->settings : "";
}

int64_t det_trainer_iteration(const det_trainer *trainer)
{
    return trainer ? trainer->iteration : 0;
}

int64_t det_trainer_iterations(const det_trainer *trainer)
{
    return trainer ? trainer->iterations : 0;
}

int64_t det_trainer_epoch(const det_trainer *trainer)
{
    if (!trainer)
        return 1;
    const int64_t images = det_train_step_images(&trainer->config);
    return ((int64_t)trainer->order.count + images - 1) / images;
}

int64_t det_trainer_log_every(const det_trainer *trainer)
{
    return trainer ? trainer->config.log_every : 1;
}

int64_t det_trainer_save_every(const det_trainer *trainer)
{
    return trainer && trainer->config.save_every ? trainer->config.save_every
                                                 : det_trainer_epoch(trainer);
}

int64_t det_trainer_validate_every(const det_trainer *trainer)
{
    return trainer && trainer->config.validate_every
               ? trainer->config.validate_every
               : det_trainer_epoch(trainer);
}

size_t det_trainer_parameter_count(const det_trainer *trainer)
{
    size_t count = 0;
    for (size_t i = 0; trainer && i < trainer->parameters.num_trained; i++)
        count += trainer->parameters.trained[i].count;
    return count;
}

size_t det_trainer_bad_images(const det_trainer *trainer)
{
    return trainer && trainer->loader ? det_loader_bad_images(trainer->loader)
                                      : 0;
}
