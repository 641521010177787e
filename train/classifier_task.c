/* SPDX-License-Identifier: MIT */
/* Learning to name whole images. */
#include <stdlib.h>

#include "base/memory.h"
#include "compute/loss.h"
#include "detector/classifier.h"
#include "train/batch.h"
#include "train/classify_sample.h"
#include "train/export.h"
#include "train/object_images.h"
#include "train/trainer.h"

enum { TOP = 5, VALIDATION_BATCH = 128 };

struct classifier_task {
    int32_t *labels, *validation_labels; /* of each image */
    struct det_classify_source source, validation_source;
    struct det_image_cache validation_cache;
    struct det_loader *validation_loader; /* of one that was cancelled */
    int32_t *batch_labels;                /* [batch], of this step */
};

/* ----------------------------------------------------------------- creation */

/* Of each image the category of its first annotation, by the names of the
 * training data; an image without one is DET_ERROR_DATASET. */
static det_status list_labels(int32_t **out, const struct det_dataset *data,
                              const struct det_dataset *training,
                              struct det_message *message)
{
    DET_TRY(det_allocate(out, data->num_images, sizeof **out, message));
    for (size_t i = 0; i < data->num_images; i++)
        (*out)[i] = -1;
    for (size_t i = 0; i < data->num_annotations; i++) {
        const struct det_annotation *a = &data->annotations[i];
        if (a->image == DET_NO_INDEX || a->category == DET_NO_INDEX ||
            (*out)[a->image] >= 0)
            continue;
        const uint32_t label = det_dataset_category_named(
            training, data->categories[a->category].name);
        if (label != DET_NO_INDEX)
            (*out)[a->image] = (int32_t)label;
    }
    for (size_t i = 0; i < data->num_images; i++)
        if ((*out)[i] < 0)
            return det_fail(message, DET_ERROR_DATASET,
                            "%s has no class that is learned",
                            data->images[i].file_name);
    return DET_OK;
}

static struct det_classify_augment augment_of(const struct det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    struct det_classify_augment a = {.side = t->metadata.preset.crop_size,
                                     .pad = (int32_t)c->pad,
                                     .min_scale = (int32_t)c->min_scale,
                                     .max_scale = (int32_t)c->max_scale,
                                     .flip = c->flip,
                                     .pca = c->pca,
                                     .jitter = c->jitter};
    det_object_images_fill(t, a.fill);
    return a;
}

static det_status create_validation(struct det_trainer *t,
                                    struct classifier_task *task)
{
    const struct det_preset *p = &t->metadata.preset;
    struct det_classify_augment augment = augment_of(t);
    DET_TRY(list_labels(&task->validation_labels, t->validation, t->data,
                        &t->message));
    DET_TRY(det_image_cache_create(&task->validation_cache, t->validation,
                                   t->validation_images,
                                   (size_t)t->config.cache << 20, &t->message));
    augment.min_scale = augment.max_scale =
        t->config.min_scale ? p->min_size : 0;
    task->validation_source =
        (struct det_classify_source){.cache = &task->validation_cache,
                                     .labels = task->validation_labels,
                                     .augment = augment};
    return DET_OK;
}

static det_status create(det_trainer *t)
{
    struct classifier_task *task;
    DET_TRY(det_allocate(&task, 1, sizeof *task, &t->message));
    t->task_data = task;
    DET_TRY(list_labels(&task->labels, t->data, t->data, &t->message));
    DET_TRY(det_sample_order_create(&t->order, t->data->num_images,
                                    (uint64_t)t->config.seed, &t->message));
    DET_TRY(det_allocate(&task->batch_labels, (size_t)t->config.batch,
                         sizeof *task->batch_labels, &t->message));
    task->source =
        (struct det_classify_source){.cache = &t->cache,
                                     .order = &t->order,
                                     .labels = task->labels,
                                     .augment = augment_of(t),
                                     .is_random = true,
                                     .seed = (uint64_t)t->config.seed};
    return t->validation ? create_validation(t, task) : DET_OK;
}

static void destroy(det_trainer *t)
{
    struct classifier_task *task = t->task_data;
    if (!task)
        return;
    det_loader_destroy(&task->validation_loader);
    det_image_cache_destroy(&task->validation_cache);
    free(task->labels);
    free(task->validation_labels);
    free(task->batch_labels);
    free(task);
    t->task_data = NULL;
}

static det_status sample(void *user, uint64_t place, struct det_sample *out,
                         size_t *image, struct det_message *message)
{
    struct det_trainer *t = user;
    struct classifier_task *task = t->task_data;
    return det_classify_sample(&task->source, place, out, image, message);
}

/* -------------------------------------------------------------------- a step
 */

/* Whether the label is among the `most` highest scores; equal ones count as
 * higher. */
static bool is_hit(const float *logits, int32_t count, int32_t label,
                   int32_t most)
{
    int32_t higher = 0;
    for (int32_t k = 0; k < count; k++)
        higher += k != label && !(logits[k] < logits[label]);
    return higher < most;
}

static double error_rate(const struct det_tensor *logits, const int32_t *labels)
{
    int32_t misses = 0;
    for (int32_t i = 0; i < logits->n; i++)
        misses += !is_hit(logits->data + (int64_t)i * logits->c, logits->c,
                          labels[i], 1);
    return (double)misses / (double)logits->n;
}

static det_status report_error(struct det_trainer *t,
                               struct det_compute *compute,
                               const struct det_tensor *logits)
{
    const struct classifier_task *task = t->task_data;
    struct det_tensor rows;
    DET_TRY(det_host_view_take(compute, &rows, logits));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        det_trainer_report(t, "error", error_rate(&rows, task->batch_labels));
    det_host_view_give(compute, &rows);
    return DET_OK;
}

static det_status loss(struct det_trainer *t, struct det_compute *compute,
                       const struct det_tensor *logits)
{
    const struct classifier_task *task = t->task_data;
    struct det_softmax_loss op = {.logits = *logits,
                                  .label = task->batch_labels,
                                  .scale = 1.0f / (float)logits->n,
                                  .loss = &t->loss};
    DET_TRY(det_softmax_loss(compute, &op));
    return report_error(t, compute, logits);
}

static det_status program(struct det_compute *compute, void *user)
{
    struct det_trainer *t = user;
    struct classifier_task *task = t->task_data;
    const int32_t batch = (int32_t)t->config.batch;
    struct det_tensor images, logits;
    for (int32_t i = 0; i < batch; i++)
        task->batch_labels[i] = t->samples[i].label;
    DET_TRY(det_batch_make(compute, &images, t->samples, batch,
                           det_batch_size_of(t->samples, batch, 1),
                           &t->metadata.preset));
    DET_TRY(det_classifier_forward(compute, &t->network, &logits, &images));
    DET_TRY(loss(t, compute, &logits));
    det_tensor_give(compute, &logits);
    return DET_OK;
}

/* ---------------------------------------------------------------- validation
 */

/* One batch of images and what the model says of them. */
struct judgement {
    const struct det_trainer *trainer;
    const struct det_model *model;
    struct det_sample samples[VALIDATION_BATCH];
    int32_t count;
    int64_t seen, misses, misses_of_five;
};

static det_status judge_batch(struct det_compute *compute, void *user)
{
    struct judgement *j = user;
    struct det_tensor images, logits, rows;
    DET_TRY(det_batch_make(compute, &images, j->samples, j->count,
                           det_batch_size_of(j->samples, j->count, 1),
                           &j->trainer->metadata.preset));
    DET_TRY(
        det_classifier_forward(compute, &j->model->network, &logits, &images));
    DET_TRY(det_host_view_take(compute, &rows, &logits));
    DET_TRY(det_wait(compute));
    for (int32_t i = 0; !det_planning(compute) && i < j->count; i++) {
        const float *row = rows.data + (int64_t)i * logits.c;
        const int32_t label = j->samples[i].label;
        j->seen++;
        j->misses += !is_hit(row, logits.c, label, 1);
        j->misses_of_five += !is_hit(row, logits.c, label, TOP);
    }
    det_host_view_give(compute, &rows);
    det_tensor_give(compute, &logits);
    return DET_OK;
}

static det_status judge_all(struct det_trainer *t, struct judgement *j,
                            struct det_loader *loader)
{
    const int64_t images = (int64_t)t->validation->num_images;
    while (j->seen < images) {
        det_status status = DET_OK;
        const int64_t rest = images - j->seen;
        const int32_t wanted =
            rest < VALIDATION_BATCH ? (int32_t)rest : VALIDATION_BATCH;
        for (j->count = 0; status == DET_OK && j->count < wanted;) {
            status =
                det_loader_next(loader, &j->samples[j->count], &t->message);
            j->count += status == DET_OK;
        }
        if (status == DET_OK)
            status = det_engine_run(&t->engine, judge_batch, j);
        for (int32_t i = 0; i < j->count; i++)
            det_sample_destroy(&j->samples[i]);
        if (status != DET_OK)
            return status;
    }
    return DET_OK;
}

/* To stop the loader is to wait for its workers, which a disk may hold up: a
 * cancelled one stays until there is time. */
static det_status judge(struct det_trainer *t, struct judgement *j)
{
    struct classifier_task *task = t->task_data;
    det_loader_destroy(&task->validation_loader);
    DET_TRY(det_loader_create(
        &task->validation_loader,
        &(struct det_loader_config){.make = det_classify_sample,
                                    .stop = t->stop,
                                    .user = &task->validation_source,
                                    .stop_user = t->user,
                                    .workers = (int)t->config.workers,
                                    .ahead = 2 * VALIDATION_BATCH,
                                    .images = t->validation->num_images},
        &t->message));
    const det_status status = judge_all(t, j, task->validation_loader);
    if (status != DET_ERROR_CANCELLED)
        det_loader_destroy(&task->validation_loader);
    return status;
}

static det_status validate(det_trainer *t)
{
    struct judgement *j;
    det_model *model;
    DET_TRY(det_export_model(&model, t->context, t->engine.compute.ops,
                             t->precision, &t->parameters, &t->metadata,
                             &t->message));
    det_status status = det_allocate(&j, 1, sizeof *j, &t->message);
    if (status == DET_OK) {
        j->trainer = t;
        j->model = model;
        status = judge(t, j);
    }
    if (status == DET_OK) {
        const double seen = (double)j->seen;
        det_metrics_set(&t->metrics, "error_val", (double)j->misses / seen);
        det_metrics_set(&t->metrics, "error5_val",
                        (double)j->misses_of_five / seen);
    }
    free(j);
    det_model_destroy(&model);
    return status;
}

const struct det_train_task det_classifier_task = {.create = create,
                                                   .destroy = destroy,
                                                   .sample = sample,
                                                   .program = program,
                                                   .validate = validate};
