/* SPDX-License-Identifier: MIT */
/* Learning to detect: proposals, boxes and masks jointly (Ren et al. 2015,
 * section 3.2, "approximate joint training"; He et al. 2017). */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "compute/tape.h"
#include "detector/feature_places.h"
#include "detector/image_context.h"
#include "detector/pipeline.h"
#include "detector/roi_source.h"
#include "maskseg/mask_loss.h"
#include "roi/box_loss.h"
#include "rpn/rpn_loss.h"
#include "train/batch.h"
#include "train/detect_sample.h"
#include "train/judge_detector.h"
#include "train/learn_cascade.h"
#include "train/object_images.h"
#include "train/trainer.h"

/* The truth of one image of the batch, for as long as a step takes. */
struct truth {
    struct det_box *boxes;
    int32_t *labels; /* columns of the class scores */
    int32_t count, capacity;
};

struct detector_task {
    struct det_detect_source source;
    uint32_t *images; /* with objects; the order is of these */
    struct det_settings settings;
    struct det_rpn_loss_config rpn_loss;
    struct det_roi_sample_config rois;
    struct truth *truth; /* [batch] */
};

/* ----------------------------------------------------------------- creation */

static void configure(struct detector_task *task, const det_trainer *t)
{
    const struct det_train_config *c = &t->config;
    struct det_settings *s = &task->settings;
    det_settings_init(s, &t->metadata.preset, &t->network);
    s->proposals.pre_nms = (int32_t)c->pre_nms;
    s->proposals.post_nms = (int32_t)c->post_nms;
    task->rpn_loss = (struct det_rpn_loss_config){
        .match = {.low = 0.3f, .high = 0.7f, .rescues = true},
        .sample = {.limit = (int32_t)c->rpn_batch, .positive = 0.5},
        .coder = s->proposals.coder,
        .beta = (float)c->rpn_beta};
    task->rois = (struct det_roi_sample_config){
        .match = {.low = 0.5f, .high = 0.5f},
        .sample = {.limit = (int32_t)c->roi_batch, .positive = c->roi_positive},
        .coder = s->detections.reading.coder,
        .background = s->detections.reading.classes.background};
}

static det_status create(det_trainer *t)
{
    struct detector_task *task;
    DET_TRY(det_allocate(&task, 1, sizeof *task, &t->message));
    t->task_data = task;
    DET_TRY(det_object_images_list(t, &task->images));
    DET_TRY(det_allocate(&task->truth, (size_t)t->config.batch,
                         sizeof *task->truth, &t->message));
    configure(task, t);
    task->source = (struct det_detect_source){
        .cache = &t->cache,
        .order = &t->order,
        .images = task->images,
        .augment = det_object_images_augment(t, (int32_t)t->config.crop,
                                             (int32_t)t->config.max_size),
        .masks = t->metadata.architecture->masks,
        .seed = (uint64_t)t->config.seed};
    return DET_OK;
}

static void destroy(det_trainer *t)
{
    struct detector_task *task = t->task_data;
    if (!task)
        return;
    for (int64_t i = 0; task->truth && i < t->config.batch; i++) {
        free(task->truth[i].boxes);
        free(task->truth[i].labels);
    }
    free(task->truth);
    free(task->images);
    free(task);
    t->task_data = NULL;
}

static det_status sample(void *user, uint64_t place, struct det_sample *out,
                         size_t *image, struct det_message *message)
{
    det_trainer *t = user;
    struct detector_task *task = t->task_data;
    return det_detect_sample(&task->source, place, out, image, message);
}

/* ------------------------------------------------------------------ the truth
 */

static det_status reserve_truth(struct truth *truth, int32_t count,
                                struct det_message *message)
{
    if (count <= truth->capacity)
        return DET_OK;
    DET_TRY(det_reallocate(&truth->boxes, (size_t)count, sizeof *truth->boxes,
                           message));
    DET_TRY(det_reallocate(&truth->labels, (size_t)count, sizeof *truth->labels,
                           message));
    truth->capacity = count;
    return DET_OK;
}

static det_status set_truth(det_trainer *t)
{
    struct detector_task *task = t->task_data;
    const int32_t first = t->metadata.preset.background_first ? 1 : 0;
    for (int64_t i = 0; i < t->config.batch; i++) {
        const struct det_sample *s = &t->samples[i];
        struct truth *truth = &task->truth[i];
        DET_TRY(reserve_truth(truth, (int32_t)s->num_objects, &t->message));
        truth->count = (int32_t)s->num_objects;
        for (size_t k = 0; k < s->num_objects; k++) {
            truth->boxes[k] = s->objects[k].box;
            truth->labels[k] = s->objects[k].label + first;
        }
    }
    return DET_OK;
}

/* ------------------------------------------------------------------ the graph
 */

/* What travels through one step. */
struct flow {
    det_trainer *t;
    struct detector_task *task;
    struct det_compute *compute;
    struct det_input_size size; /* of the batch; resized: the tallest */
    struct det_feature_maps features;
    struct det_proposal_level levels[DET_MAX_LEVELS];
    struct det_proposal_search *searches; /* [batch] */
    struct det_proposals *proposals;      /* [batch] */
    struct det_roi_image *images; /* [batch], with these and the truth */
    struct det_roi_samples rois;
    struct det_roi_source source; /* of the RoIs' features */
    uint64_t seed;
};

static int32_t batch_of(const struct flow *f)
{
    return (int32_t)f->t->config.batch;
}

/* The network's own multiple, or a multiple of that. */
static int32_t padded_to(const struct flow *f)
{
    const int32_t own = f->task->settings.pad_multiple;
    const int32_t wanted = (int32_t)f->t->config.pad_sides;
    return wanted > own ? (wanted + own - 1) / own * own : own;
}

static det_status run_backbone(struct flow *f)
{
    struct det_tensor image;
    const int32_t batch = batch_of(f);
    const struct det_batch_size padded =
        det_batch_size_of(f->t->samples, batch, padded_to(f));
    const struct det_batch_size tallest =
        det_batch_size_of(f->t->samples, batch, 1);
    f->size = (struct det_input_size){.resized_h = tallest.height,
                                      .resized_w = tallest.width,
                                      .padded_h = padded.height,
                                      .padded_w = padded.width};
    DET_TRY(det_batch_make(f->compute, &image, f->t->samples, batch, padded,
                           &f->t->metadata.preset));
    return det_backbone_forward(f->compute, &f->t->network.backbone,
                                &f->features, &image);
}

static det_status learn_proposals(struct flow *f)
{
    const struct det_network *network = &f->t->network;
    struct det_rpn_losses losses;
    struct det_true_boxes *truth;
    losses.objectness = det_trainer_loss(f->t, "loss_rpn_cls");
    losses.deltas = det_trainer_loss(f->t, "loss_rpn_loc");
    for (int i = 0; i < f->features.count; i++) {
        f->levels[i] = (struct det_proposal_level){
            .anchors = &network->anchors[i],
            .stride = det_anchor_stride_of(&f->t->metadata.preset, &f->features,
                                           i, &f->size)};
        DET_TRY(det_rpn_head_forward(f->compute, &network->rpn_head,
                                     &f->levels[i].output,
                                     &f->features.maps[i]));
    }
    /* Not in the arena: counts are read while planning. */
    DET_TRY(det_allocate(&truth, (size_t)batch_of(f), sizeof *truth,
                         f->compute->message));
    for (int32_t i = 0; i < batch_of(f); i++)
        truth[i] = (struct det_true_boxes){f->task->truth[i].boxes,
                                           f->task->truth[i].count};
    const det_status status = det_rpn_loss(
        f->compute, &losses, &f->task->rpn_loss,
        &(struct det_rpn_loss_input){.levels = f->levels,
                                     .num_levels = f->features.count,
                                     .truth = truth,
                                     .seed = f->seed});
    free(truth);
    return status;
}

/* Each image's own. */
static det_status search_proposals(struct flow *f, int32_t i)
{
    const struct det_extent extent = det_sample_extent(&f->t->samples[i]);
    struct det_proposal_level levels[DET_MAX_LEVELS];
    for (int k = 0; k < f->features.count; k++) {
        const struct det_rpn_output *all = &f->levels[k].output;
        levels[k] = f->levels[k];
        levels[k].output.logits = det_tensor_one(&all->logits, i);
        levels[k].output.deltas = det_tensor_one(&all->deltas, i);
    }
    return det_proposals_begin(f->compute, &f->searches[i],
                               &f->task->settings.proposals, levels,
                               f->features.count, extent);
}

/* Nothing is learned through them. */
static det_status select_proposals(struct flow *f)
{
    for (int32_t i = 0; i < batch_of(f); i++)
        DET_TRY(search_proposals(f, i));
    DET_TRY(det_wait(f->compute));
    for (int32_t i = 0; i < batch_of(f); i++)
        DET_TRY(det_proposals_end(f->compute, &f->proposals[i],
                                  &f->task->settings.proposals,
                                  &f->searches[i]));
    return DET_OK;
}

static det_status sample_rois(struct flow *f)
{
    for (int32_t i = 0; i < batch_of(f); i++)
        f->images[i] = (struct det_roi_image){
            .proposals = f->proposals[i].boxes,
            .num_proposals = f->proposals[i].count,
            .capacity = f->proposals[i].capacity,
            .truth = {f->task->truth[i].boxes, f->task->truth[i].count},
            .labels = f->task->truth[i].labels};
    return det_roi_samples_take(f->compute, &f->rois, &f->task->rois, f->images,
                                batch_of(f), f->seed);
}

static void give_proposals(struct flow *f)
{
    for (int32_t i = 0; i < batch_of(f); i++)
        det_proposals_give(f->compute, &f->proposals[i]);
    for (int k = 0; k < f->features.count; k++)
        det_rpn_output_give(f->compute, &f->levels[k].output);
}

/* Beside each RoI's features, those of its whole image. */
static det_status join_context(struct flow *f, struct det_tensor *vectors)
{
    struct det_extent *sizes;
    struct det_tensor context;
    DET_TRY(det_allocate(&sizes, (size_t)batch_of(f), sizeof *sizes,
                         f->compute->message));
    for (int32_t i = 0; i < batch_of(f); i++)
        sizes[i] = det_sample_extent(&f->t->samples[i]);
    const det_status status =
        det_image_context(f->compute, &context, &f->source, sizes, batch_of(f));
    free(sizes);
    DET_TRY(status);
    DET_TRY(
        det_image_context_join(f->compute, vectors, &context, f->rois.images));
    det_tensor_give(f->compute, &context);
    return DET_OK;
}

static det_status learn_boxes(struct flow *f)
{
    const struct det_network *network = &f->t->network;
    const struct det_roi_batch rois = {.boxes = f->rois.boxes,
                                       .images = f->rois.images,
                                       .count = f->rois.count,
                                       .capacity = f->rois.capacity};
    struct det_box_losses losses;
    struct det_box_loss_input input = {
        .samples = &f->rois,
        .classes = f->task->settings.detections.reading.classes,
        .beta = (float)f->t->config.roi_beta};
    struct det_tensor features, vectors;
    losses.classes = det_trainer_loss(f->t, "loss_cls");
    losses.deltas = det_trainer_loss(f->t, "loss_box_reg");
    DET_TRY(det_roi_source_features(f->compute, &features, &f->source, &rois,
                                    network->box_side));
    DET_TRY(det_box_head_forward(f->compute, &network->box_head, &vectors,
                                 &features));
    if (network->context)
        DET_TRY(join_context(f, &vectors));
    DET_TRY(det_box_predictor_forward(f->compute, &network->box_predictor,
                                      &input.logits, &input.deltas, &vectors));
    DET_TRY(det_box_loss(f->compute, &losses, &input));
    det_tensor_give(f->compute, &input.logits);
    det_tensor_give(f->compute, &input.deltas);
    return DET_OK;
}

/* -------------------------------------------------------------------- masks */

/* RoIs that have a mask to learn, with room for the most that there can be. */
struct mask_rois {
    struct det_box *boxes;
    int32_t *images, *labels;
    struct det_true_mask *masks;
    int32_t count, capacity;
};

static det_status take_mask_rois(struct flow *f, struct mask_rois *m)
{
    struct det_arena *arena = det_host_arena(f->compute);
    struct det_message *message = f->compute->message;
    const size_t count = (size_t)m->capacity;
    DET_TRY(det_arena_take(arena, &m->boxes, count, sizeof *m->boxes, message));
    DET_TRY(
        det_arena_take(arena, &m->images, count, sizeof *m->images, message));
    DET_TRY(
        det_arena_take(arena, &m->labels, count, sizeof *m->labels, message));
    return det_arena_take(arena, &m->masks, count, sizeof *m->masks, message);
}

static void list_mask_rois(const struct flow *f, struct mask_rois *m)
{
    for (int32_t r = 0; r < f->rois.count; r++) {
        const struct det_sample *s = &f->t->samples[f->rois.images[r]];
        const int32_t truth = f->rois.truth[r];
        if (truth < 0 || !s->objects[truth].mask || m->count == m->capacity)
            continue;
        m->boxes[m->count] = f->rois.boxes[r];
        m->images[m->count] = f->rois.images[r];
        m->labels[m->count] = f->rois.labels[r];
        m->masks[m->count] =
            (struct det_true_mask){s->objects[truth].mask, s->height, s->width};
        m->count++;
    }
}

static det_status learn_masks(struct flow *f)
{
    const struct det_network *network = &f->t->network;
    const struct det_balanced_sample *sampling = &f->task->rois.sample;
    const double most = sampling->positive * sampling->limit * batch_of(f);
    struct mask_rois m = {.capacity = (int32_t)most};
    if (m.capacity > f->rois.capacity)
        m.capacity = f->rois.capacity;
    struct det_tensor features;
    DET_TRY(take_mask_rois(f, &m));
    if (det_planning(f->compute))
        m.count = m.capacity;
    else
        list_mask_rois(f, &m);
    const struct det_roi_batch rois = {.boxes = m.boxes,
                                       .images = m.images,
                                       .count = m.count,
                                       .capacity = m.capacity};
    struct det_mask_loss_input input = {.boxes = m.boxes, .masks = m.masks};
    DET_TRY(det_roi_source_features(f->compute, &features, &f->source, &rois,
                                    network->mask_side));
    DET_TRY(det_mask_head_forward(f->compute, &network->mask_head,
                                  &input.logits, &features, m.labels));
    DET_TRY(
        det_mask_loss(f->compute, det_trainer_loss(f->t, "loss_mask"), &input));
    det_tensor_give(f->compute, &input.logits);
    det_arena_give(det_host_arena(f->compute), m.boxes);
    det_arena_give(det_host_arena(f->compute), m.images);
    det_arena_give(det_host_arena(f->compute), m.labels);
    det_arena_give(det_host_arena(f->compute), m.masks);
    return DET_OK;
}

/* ----------------------------------------------------------------- the whole
 */

static det_status learn_cascade(struct flow *f)
{
    const struct det_cascade_lesson lesson = {.source = &f->source,
                                              .config = &f->task->rois,
                                              .images = f->images,
                                              .proposals = f->proposals,
                                              .level = &f->levels[0],
                                              .rois = &f->rois};
    const det_status status = det_learn_cascade(f->compute, f->t, &lesson);
    give_proposals(f);
    return status;
}

static det_status learn_heads(struct flow *f)
{
    if (f->t->metadata.architecture->cascade)
        return learn_cascade(f);
    give_proposals(f);
    DET_TRY(learn_boxes(f));
    return f->t->metadata.architecture->masks ? learn_masks(f) : DET_OK;
}

static det_status run_flow(struct flow *f)
{
    DET_TRY(run_backbone(f));
    f->source = (struct det_roi_source){
        .network = &f->t->network,
        .settings = &f->task->settings,
        .maps = det_roi_maps_of(&f->t->metadata.preset, &f->features,
                                f->size.resized_h)};
    DET_TRY(learn_proposals(f));
    DET_TRY(select_proposals(f));
    DET_TRY(sample_rois(f));
    DET_TRY(learn_heads(f));
    det_roi_samples_give(f->compute, &f->rois);
    det_feature_maps_give(f->compute, &f->features);
    return DET_OK;
}

/* For each image of a batch. */
static det_status make_room(struct flow *f)
{
    const size_t batch = (size_t)batch_of(f);
    struct det_message *message = &f->t->message;
    DET_TRY(det_allocate(&f->searches, batch, sizeof *f->searches, message));
    DET_TRY(det_allocate(&f->proposals, batch, sizeof *f->proposals, message));
    return det_allocate(&f->images, batch, sizeof *f->images, message);
}

static void free_room(struct flow *f)
{
    free(f->searches);
    free(f->proposals);
    free(f->images);
}

static det_status program(struct det_compute *compute, void *user)
{
    det_trainer *t = user;
    struct detector_task *task = t->task_data;
    struct det_random random =
        det_random_of((uint64_t)t->config.seed, "step", (uint64_t)t->batches);
    struct flow flow = {.t = t,
                        .task = task,
                        .compute = compute,
                        .seed = det_random_bits(&random)};
    if (det_planning(compute))
        DET_TRY(set_truth(t));
    det_status status = make_room(&flow);
    if (status == DET_OK)
        status = run_flow(&flow);
    free_room(&flow);
    return status;
}

static det_status validate(det_trainer *t)
{
    return det_judge_detector(t);
}

const struct det_train_task det_detector_task = {.create = create,
                                                 .destroy = destroy,
                                                 .sample = sample,
                                                 .program = program,
                                                 .validate = validate};
