/* SPDX-License-Identifier: MIT */
/* Learning to judge single regions: whether one is of a class that is told, and
 * where the object is then (He et al. 2015, appendix C). */
#include <stdlib.h>

#include "base/memory.h"
#include "compute/loss.h"
#include "detector/region.h"
#include "detector/rescore.h"
#include "eval/guesses.h"
#include "train/batch.h"
#include "train/judge_rescorer.h"
#include "train/object_images.h"
#include "train/region_sample.h"
#include "train/trainer.h"

struct rescorer_task {
    struct det_region_source source;
    struct det_guesses proposals, validation_proposals;
    uint32_t *images; /* with objects; the order is of these */
    /* of the batch in work, for as long as a step takes */
    int64_t *score_at, *delta_at; /* [batch] places in logits and deltas */
    float *targets;               /* [batch] 1: of the class; 0: not */
    float *delta_targets;         /* [batch, 4] */
    int32_t positives;
};

/* ----------------------------------------------------------------- creation */

static det_status group_proposals(det_trainer *t, struct rescorer_task *task)
{
    if (!t->proposals)
        return det_fail(&t->message, DET_ERROR_ARGUMENT,
                        "%s learns from proposals: give those of the data, as "
                        "results",
                        t->metadata.architecture->name);
    if (t->proposals->dataset != t->data)
        return det_fail(&t->message, DET_ERROR_ARGUMENT,
                        "the proposals are of another data set");
    DET_TRY(det_guesses_make(&task->proposals, t->data, t->proposals, NULL,
                             &t->message));
    if (!t->validation)
        return DET_OK;
    if (!t->validation_proposals ||
        t->validation_proposals->dataset != t->validation)
        return det_fail(&t->message, DET_ERROR_ARGUMENT,
                        "%s is judged by proposals: give those of the "
                        "validation data, too",
                        t->metadata.architecture->name);
    return det_guesses_make(&task->validation_proposals, t->validation,
                            t->validation_proposals, NULL, &t->message);
}

static det_status make_room(det_trainer *t, struct rescorer_task *task)
{
    const size_t batch = (size_t)t->config.batch;
    struct det_message *message = &t->message;
    DET_TRY(
        det_allocate(&task->score_at, batch, sizeof *task->score_at, message));
    DET_TRY(
        det_allocate(&task->delta_at, batch, sizeof *task->delta_at, message));
    DET_TRY(
        det_allocate(&task->targets, batch, sizeof *task->targets, message));
    return det_allocate(&task->delta_targets, 4 * batch,
                        sizeof *task->delta_targets, message);
}

static det_status create(det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    struct rescorer_task *task;
    DET_TRY(det_allocate(&task, 1, sizeof *task, &t->message));
    t->task_data = task;
    DET_TRY(group_proposals(t, task));
    DET_TRY(det_object_images_list(t, &task->images));
    task->source = (struct det_region_source){
        .cache = &t->cache,
        .order = &t->order,
        .images = task->images,
        .proposals = &task->proposals,
        .augment = {.side = t->metadata.preset.crop_size,
                    .flip = c->flip,
                    .pca = c->pca,
                    .jitter = c->jitter},
        .seed = (uint64_t)c->seed};
    return make_room(t, task);
}

static void destroy(det_trainer *t)
{
    struct rescorer_task *task = t->task_data;
    if (!task)
        return;
    det_guesses_destroy(&task->proposals);
    det_guesses_destroy(&task->validation_proposals);
    free(task->images);
    free(task->score_at);
    free(task->delta_at);
    free(task->targets);
    free(task->delta_targets);
    free(task);
    t->task_data = NULL;
}

static det_status sample(void *user, uint64_t place, struct det_sample *out,
                         size_t *image, struct det_message *message)
{
    det_trainer *t = user;
    struct rescorer_task *task = t->task_data;
    return det_region_sample(&task->source, place, out, image, message);
}

/* -------------------------------------------------------------------- a step
 */

static void set_target(struct rescorer_task *task, const struct det_sample *s)
{
    const struct det_box square = {0.0f, 0.0f, (float)s->width,
                                   (float)s->height};
    const struct det_delta d =
        det_delta_encode(&det_region_coder, square, s->objects[0].box);
    float *target = task->delta_targets + 4 * (size_t)task->positives++;
    target[0] = d.x;
    target[1] = d.y;
    target[2] = d.w;
    target[3] = d.h;
}

/* Each region teaches the score of its image's class, and one of that class its
 * deltas. */
static void set_targets(det_trainer *t)
{
    struct rescorer_task *task = t->task_data;
    const int64_t classes = t->network.num_scores;
    task->positives = 0;
    for (int64_t i = 0; i < t->config.batch; i++) {
        const struct det_sample *s = &t->samples[i];
        task->score_at[i] = i * classes + s->label;
        task->targets[i] = s->num_objects ? 1.0f : 0.0f;
        if (s->num_objects == 0)
            continue;
        task->delta_at[task->positives] = 4 * task->score_at[i];
        set_target(task, s);
    }
}

static det_status learn(det_trainer *t, struct det_compute *compute,
                        const struct det_tensor *logits,
                        const struct det_tensor *deltas)
{
    const struct rescorer_task *task = t->task_data;
    const float scale = 1.0f / (float)t->config.batch;
    DET_TRY(det_sigmoid_loss(
        compute,
        &(struct det_sigmoid_loss){.logits = *logits,
                                   .at = task->score_at,
                                   .target = task->targets,
                                   .count = t->config.batch,
                                   .scale = scale,
                                   .loss = det_trainer_loss(t, "loss_cls")}));
    return det_smooth_l1_loss(compute,
                              &(struct det_smooth_l1_loss){
                                  .values = *deltas,
                                  .at = task->delta_at,
                                  .target = task->delta_targets,
                                  .count = task->positives,
                                  .beta = (float)t->config.roi_beta,
                                  .scale = scale,
                                  .loss = det_trainer_loss(t, "loss_box_reg")});
}

static det_status program(struct det_compute *compute, void *user)
{
    det_trainer *t = user;
    const int32_t batch = (int32_t)t->config.batch;
    struct det_tensor images, logits, deltas;
    if (det_planning(compute))
        set_targets(t);
    DET_TRY(det_batch_make(compute, &images, t->samples, batch,
                           det_batch_size_of(t->samples, batch, 1),
                           &t->metadata.preset));
    DET_TRY(
        det_rescorer_forward(compute, &t->network, &logits, &deltas, &images));
    DET_TRY(learn(t, compute, &logits, &deltas));
    det_tensor_give(compute, &logits);
    det_tensor_give(compute, &deltas);
    return DET_OK;
}

static det_status validate(det_trainer *t)
{
    const struct rescorer_task *task = t->task_data;
    return det_judge_rescorer(t, &task->validation_proposals);
}

const struct det_train_task det_rescorer_task = {.create = create,
                                                 .destroy = destroy,
                                                 .sample = sample,
                                                 .program = program,
                                                 .validate = validate};
