/* SPDX-License-Identifier: MIT */
/* Learning to find boxes of a class that is told: the RPN of each class of
 * He et al. 2015, appendix C, on random crops as in classification. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "detector/views.h"
#include "rpn/rpn_loss.h"
#include "train/batch.h"
#include "train/detect_sample.h"
#include "train/judge_localizer.h"
#include "train/object_images.h"
#include "train/trainer.h"

enum { STRIDE = 32 };

/* The truth of the images of the batch, for as long as a step takes. */
struct localizer_task {
    struct det_detect_source source;
    uint32_t *images; /* with objects; the order is of these */
    struct det_rpn_loss_config loss;
    struct det_true_boxes *truth; /* [batch], boxes of the image's class */
    struct det_box **boxes;       /* [batch], which `truth` points to */
    int32_t *classes;             /* [batch] */
};

/* ----------------------------------------------------------------- creation */

/* What would end the run only when it is first judged (judge_localizer.c). */
static det_status check_validation(det_trainer *t)
{
    struct det_view_scales scales;
    struct det_message why = {.log = NULL};
    if (!t->validation)
        return DET_OK;
    const det_status status = det_view_scales_choose(
        &scales, &t->metadata.preset, DET_VIEWS_CENTER, NULL, 0, &why);
    return status == DET_OK
               ? DET_OK
               : det_fail(&t->message, status, "test_min_size: %s", why.text);
}

static det_status create(det_trainer *t)
{
    const size_t batch = (size_t)t->config.batch;
    struct localizer_task *task;
    DET_TRY(det_allocate(&task, 1, sizeof *task, &t->message));
    t->task_data = task;
    if (det_dataset_lacks_boxes(t->data) ||
        (t->validation && det_dataset_lacks_boxes(t->validation)))
        return det_fail(&t->message, DET_ERROR_DATASET,
                        "%s learns from boxes, which the data lack",
                        t->metadata.architecture->name);
    DET_TRY(check_validation(t));
    DET_TRY(det_object_images_list(t, &task->images));
    DET_TRY(
        det_allocate(&task->truth, batch, sizeof *task->truth, &t->message));
    DET_TRY(
        det_allocate(&task->boxes, batch, sizeof *task->boxes, &t->message));
    DET_TRY(det_allocate(&task->classes, batch, sizeof *task->classes,
                         &t->message));
    task->loss = (struct det_rpn_loss_config){
        .match = {.low = 0.3f, .high = 0.7f, .rescues = true},
        .sample = {.limit = (int32_t)t->config.rpn_batch, .positive = 0.5},
        .coder = {.weights = {1.0f, 1.0f, 1.0f, 1.0f},
                  .size_limit = DET_DELTA_SIZE_LIMIT},
        .beta = (float)t->config.rpn_beta};
    task->source = (struct det_detect_source){
        .cache = &t->cache,
        .order = &t->order,
        .images = task->images,
        .augment = det_object_images_augment(t, t->metadata.preset.crop_size,
                                             t->metadata.preset.max_size),
        .seed = (uint64_t)t->config.seed};
    return DET_OK;
}

static void destroy(det_trainer *t)
{
    struct localizer_task *task = t->task_data;
    if (!task)
        return;
    for (int64_t i = 0; task->boxes && i < t->config.batch; i++)
        free(task->boxes[i]);
    free(task->boxes);
    free(task->truth);
    free(task->classes);
    free(task->images);
    free(task);
    t->task_data = NULL;
}

static det_status sample(void *user, uint64_t place, struct det_sample *out,
                         size_t *image, struct det_message *message)
{
    det_trainer *t = user;
    struct localizer_task *task = t->task_data;
    return det_detect_sample(&task->source, place, out, image, message);
}

/* ------------------------------------------------------------------ the truth
 */

/* Where nothing of its class is left of an image there is only background to
 * learn. */
static det_status set_truth(det_trainer *t)
{
    struct localizer_task *task = t->task_data;
    for (int64_t i = 0; i < t->config.batch; i++) {
        const struct det_sample *s = &t->samples[i];
        int32_t count = 0;
        task->classes[i] = s->label < 0 ? 0 : s->label;
        DET_TRY(det_reallocate(&task->boxes[i], s->num_objects + 1,
                               sizeof *task->boxes[i], &t->message));
        for (size_t k = 0; k < s->num_objects; k++)
            if (s->objects[k].label == task->classes[i])
                task->boxes[i][count++] = s->objects[k].box;
        task->truth[i] = (struct det_true_boxes){task->boxes[i], count};
    }
    return DET_OK;
}

/* -------------------------------------------------------------------- a step
 */

static det_status learn(det_trainer *t, struct det_compute *compute,
                        const struct det_tensor *map, uint64_t seed)
{
    const struct localizer_task *task = t->task_data;
    struct det_rpn_losses losses;
    struct det_proposal_level level = {.anchors = &t->network.anchors[0],
                                       .stride = {STRIDE, STRIDE}};
    losses.objectness = det_trainer_loss(t, "loss_rpn_cls");
    losses.deltas = det_trainer_loss(t, "loss_rpn_loc");
    DET_TRY(det_rpn_head_forward(compute, &t->network.rpn_head, &level.output,
                                 map));
    DET_TRY(det_rpn_loss(
        compute, &losses, &task->loss,
        &(struct det_rpn_loss_input){.levels = &level,
                                     .num_levels = 1,
                                     .truth = task->truth,
                                     .num_classes = t->network.num_scores,
                                     .classes = task->classes,
                                     .seed = seed}));
    det_rpn_output_give(compute, &level.output);
    return DET_OK;
}

static det_status program(struct det_compute *compute, void *user)
{
    det_trainer *t = user;
    const int32_t batch = (int32_t)t->config.batch;
    struct det_random random =
        det_random_of((uint64_t)t->config.seed, "step", (uint64_t)t->batches);
    struct det_feature_maps features;
    struct det_tensor images;
    if (det_planning(compute))
        DET_TRY(set_truth(t));
    DET_TRY(det_batch_make(compute, &images, t->samples, batch,
                           det_batch_size_of(t->samples, batch, 1),
                           &t->metadata.preset));
    DET_TRY(det_backbone_forward(compute, &t->network.backbone, &features,
                                 &images));
    DET_TRY(learn(t, compute, &features.maps[0], det_random_bits(&random)));
    det_feature_maps_give(compute, &features);
    return DET_OK;
}

static det_status validate(det_trainer *t)
{
    return det_judge_localizer(t);
}

const struct det_train_task det_localizer_task = {.create = create,
                                                  .destroy = destroy,
                                                  .sample = sample,
                                                  .program = program,
                                                  .validate = validate};
