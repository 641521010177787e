/* SPDX-License-Identifier: MIT */
#include "train/learn_cascade.h"

#include <string.h>

#include "detector/mnc_conv5.h"
#include "maskseg/mnc_loss.h"
#include "roi/box_loss.h"
#include "roi/stage_bridge.h"

/* Of one delta, in the source's use_clip and clip_base. */
static const float gradient_limit = 1.0f / 512.0f;

/* Weight of the masks' loss, threshold and overlap are the source's. */
static const struct det_mnc_loss_config usual_loss = {
    .mask_threshold = 0.4f, .least_overlap = 0.5, .mask_weight = 2.0f};

struct lesson {
    struct det_compute *compute;
    det_trainer *t;
    const struct det_cascade_lesson *of;
    struct det_mnc_loss_config loss;
};

/* RoIs of a stage and what they stand for. */
struct stage {
    struct det_tensor boxes; /* [R, 1, 1, 4], with a gradient */
    const struct det_roi_samples *samples;
    const char *const *names; /* of its losses */
};

/* Names of the losses, in the order that they are asked for in. */
enum { MASK, CLASS, BOX, MASK_CLASS };
static const char *const first_names[] = {"loss_mask", "loss_cls",
                                          "loss_box_reg", "loss_seg_cls"};
static const char *const second_names[] = {
    "loss_mask_ext", "loss_cls_ext", "loss_box_reg_ext", "loss_seg_cls_ext"};

static const struct det_settings *settings_of(const struct lesson *l)
{
    return l->of->source->settings;
}

static double *loss_of(const struct lesson *l, const struct stage *stage,
                       int which)
{
    return det_trainer_loss(l->t, stage->names[which]);
}

/* ---------------------------------------------------------- what is true */

/* Of each RoI. */
struct truth {
    struct det_true_mask *masks;
    int32_t *live;        /* whether it is an object with a mask */
    int32_t *mask_labels; /* of its predicted mask */
};

static det_status take_truth(const struct lesson *l, struct truth *truth,
                             int32_t capacity)
{
    struct det_arena *arena = det_host_arena(l->compute);
    struct det_message *message = l->compute->message;
    const size_t count = (size_t)capacity;
    DET_TRY(det_arena_take(arena, &truth->masks, count, sizeof *truth->masks,
                           message));
    DET_TRY(det_arena_take(arena, &truth->live, count, sizeof *truth->live,
                           message));
    return det_arena_take(arena, &truth->mask_labels, count,
                          sizeof *truth->mask_labels, message);
}

static void give_truth(const struct lesson *l, const struct truth *truth)
{
    det_arena_give(det_host_arena(l->compute), truth->masks);
    det_arena_give(det_host_arena(l->compute), truth->live);
    det_arena_give(det_host_arena(l->compute), truth->mask_labels);
}

static void find_truth(const struct lesson *l, const struct truth *truth,
                       const struct det_roi_samples *samples)
{
    for (int32_t r = 0; r < samples->count; r++) {
        const struct det_sample *s = &l->t->samples[samples->images[r]];
        const int32_t object = samples->truth[r];
        const uint8_t *mask = object < 0 ? NULL : s->objects[object].mask;
        truth->masks[r] = (struct det_true_mask){mask, s->height, s->width};
        truth->live[r] = mask != NULL;
    }
}

/* ---------------------------------------------------------------- a stage */

static det_status learn_classes(const struct lesson *l,
                                const struct stage *stage,
                                const struct det_mnc_classes *classes,
                                const int32_t *mask_labels)
{
    const struct det_box_loss_input input = {
        .logits = classes->scores,
        .deltas = classes->deltas,
        .samples = stage->samples,
        .classes = settings_of(l)->detections.reading.classes,
        .beta = (float)l->t->config.roi_beta};
    struct det_box_losses losses;
    losses.classes = loss_of(l, stage, CLASS);
    losses.deltas = loss_of(l, stage, BOX);
    DET_TRY(det_box_loss(l->compute, &losses, &input));
    return det_mnc_class_loss(l->compute, loss_of(l, stage, MASK_CLASS),
                              &classes->mask_scores, mask_labels);
}

/* Stages 2 and 3 of what `stage` is the first of; `classes` is the caller's. */
static det_status learn_stage(const struct lesson *l, const struct stage *stage,
                              struct det_mnc_classes *classes)
{
    struct det_compute *compute = l->compute;
    const struct det_network *network = l->of->source->network;
    const struct det_mnc_head *head = &network->mnc_head;
    const struct det_mnc_conv5 conv5 = det_mnc_conv5_of(network);
    const struct det_roi_maps *maps = &l->of->source->maps;
    const struct det_roi_warp rois = {.map = maps->maps[0],
                                      .scale = maps->scales[0],
                                      .boxes = stage->boxes,
                                      .image_index = stage->samples->images};
    struct det_tensor features, logits, masks;
    struct truth truth;
    DET_TRY(take_truth(l, &truth, stage->samples->capacity));
    if (!det_planning(compute))
        find_truth(l, &truth, stage->samples);
    const struct det_mnc_truth true_masks = {stage->samples->boxes, truth.masks,
                                             stage->samples->labels};
    DET_TRY(
        det_mnc_head_features(compute, &features, &rois, DET_MNC_WARP_POOLED));
    DET_TRY(det_mnc_head_masks(compute, head, &logits, &features));
    DET_TRY(det_mnc_mask_loss(l->compute, loss_of(l, stage, MASK), &l->loss,
                              &logits, &true_masks));
    DET_TRY(det_mnc_head_classes(compute, head, &conv5, classes, &features,
                                 &logits, truth.live));
    DET_TRY(det_host_view_take(compute, &masks, &classes->masks));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        det_mnc_mask_labels(truth.mask_labels, &l->loss, &masks, &true_masks,
                            compute->threads);
    det_host_view_give(compute, &masks);
    DET_TRY(learn_classes(l, stage, classes, truth.mask_labels));
    det_tensor_give(compute, &logits);
    give_truth(l, &truth);
    return DET_OK;
}

/* ------------------------------------------------------- the first RoIs */

static bool lies_within(struct det_box box, struct det_extent extent)
{
    return box.x1 >= 0.0f && box.y1 >= 0.0f && box.x2 <= extent.width &&
           box.y2 <= extent.height;
}

/* Where RoI r starts from, and the place of the deltas that moved it there.
 * What was a true box, or an anchor that hangs over the image, teaches the RPN
 * nothing. */
static void find_start(const struct det_cascade_lesson *of,
                       const struct det_extent *extents, int32_t r,
                       struct det_box *start, int64_t *place)
{
    const struct det_rpn_output *output = &of->level->output;
    const int32_t image = of->rois->images[r], p = of->rois->proposals[r];
    *start = of->rois->boxes[r];
    *place = -1;
    if (p < 0)
        return;
    const int32_t index = of->proposals[image].anchors[p];
    const struct det_box anchor = det_anchor_at(
        of->level->anchors, of->level->stride, output->logits.w, index);
    if (!lies_within(anchor, extents[image]))
        return;
    *start = anchor;
    *place = image * det_tensor_stride(&output->deltas) + 4 * (int64_t)index;
}

static det_status take_extents(const struct lesson *l,
                               struct det_extent **extents)
{
    const size_t batch = (size_t)l->t->config.batch;
    DET_TRY(det_arena_take(det_host_arena(l->compute), extents, batch,
                           sizeof **extents, l->compute->message));
    for (size_t i = 0; !det_planning(l->compute) && i < batch; i++)
        (*extents)[i] = det_sample_extent(&l->t->samples[i]);
    return DET_OK;
}

/* The RoIs once more, now as what the RPN's deltas make of the anchors. */
static det_status first_boxes(const struct lesson *l, struct det_tensor *out,
                              const struct det_extent *extents)
{
    const struct det_cascade_lesson *of = l->of;
    const struct det_roi_samples *rois = of->rois;
    struct det_stage_bridge op = {.deltas = of->level->output.deltas,
                                  .image_index = rois->images,
                                  .extents = extents};
    int64_t *places;
    DET_TRY(
        det_host_tensor_take(l->compute, &op.boxes, rois->capacity, 1, 1, 4));
    op.boxes.n = rois->count;
    DET_TRY(det_arena_take(det_host_arena(l->compute), &places,
                           (size_t)rois->capacity, sizeof *places,
                           l->compute->message));
    for (int32_t r = 0; !det_planning(l->compute) && r < rois->count; r++) {
        struct det_box start;
        find_start(of, extents, r, &start, &places[r]);
        memcpy(op.boxes.data + 4 * (int64_t)r, &start, sizeof start);
    }
    DET_TRY(det_tensor_move_to_device(l->compute, &op.boxes));
    op.places = places;
    DET_TRY(
        det_stage_bridge_forward(l->compute, &op,
                                 &(struct det_stage_bridge_config){
                                     .coder = settings_of(l)->proposals.coder,
                                     .gradient_limit = gradient_limit}));
    det_arena_give(det_host_arena(l->compute), places);
    det_tensor_give(l->compute, &op.boxes);
    *out = op.out;
    return DET_OK;
}

/* ------------------------------------------------------ the next stages */

static int32_t count_truth(const struct lesson *l)
{
    int32_t count = 0;
    for (int64_t i = 0; i < l->t->config.batch; i++)
        count += l->of->images[i].truth.count;
    return count;
}

/* All true boxes of the batch, which later stages look at as well, and the
 * images of these and of the RoIs before them. */
struct more_boxes {
    struct det_box *boxes;
    int32_t *images;
    int32_t count;
};

static det_status take_more(const struct lesson *l, struct more_boxes *more,
                            const struct det_roi_samples *rois)
{
    struct det_arena *arena = det_host_arena(l->compute);
    int32_t at = 0;
    more->count = count_truth(l);
    DET_TRY(det_arena_take(arena, &more->boxes, (size_t)more->count,
                           sizeof *more->boxes, l->compute->message));
    DET_TRY(det_arena_take(arena, &more->images,
                           (size_t)rois->capacity + (size_t)more->count,
                           sizeof *more->images, l->compute->message));
    if (det_planning(l->compute))
        return DET_OK;
    if (rois->count)
        memcpy(more->images, rois->images,
               (size_t)rois->count * sizeof *more->images);
    for (int32_t i = 0; i < (int32_t)l->t->config.batch; i++)
        for (int32_t k = 0; k < l->of->images[i].truth.count; k++, at++) {
            more->boxes[at] = l->of->images[i].truth.boxes[k];
            more->images[rois->count + at] = i;
        }
    return DET_OK;
}

/* The boxes that `classes` make of the RoIs, and the true ones. */
static det_status next_boxes(const struct lesson *l, struct det_tensor *out,
                             const struct stage *stage,
                             const struct det_mnc_classes *classes,
                             const struct more_boxes *more,
                             const struct det_extent *extents)
{
    struct det_tensor scores;
    DET_TRY(det_host_view_take(l->compute, &scores, &classes->mask_scores));
    DET_TRY(det_wait(l->compute));
    struct det_stage_bridge op = {.boxes = stage->boxes,
                                  .deltas = classes->deltas,
                                  .scores = scores.data,
                                  .image_index = stage->samples->images,
                                  .extents = extents,
                                  .more = more->boxes,
                                  .num_more = more->count,
                                  .most_more = more->count};
    const struct det_box_reading *reading = &settings_of(l)->detections.reading;
    DET_TRY(det_stage_bridge_forward(
        l->compute, &op,
        &(struct det_stage_bridge_config){.choice = DET_BRIDGE_OBJECT_CLASS,
                                          .coder = reading->coder,
                                          .classes = reading->classes,
                                          .gradient_limit = gradient_limit}));
    det_host_view_give(l->compute, &scores);
    *out = op.out;
    return DET_OK;
}

static det_status learn_next(const struct lesson *l, const struct stage *first,
                             const struct det_mnc_classes *classes,
                             const struct det_extent *extents)
{
    struct det_roi_samples samples;
    struct stage next = {.samples = &samples, .names = second_names};
    struct det_mnc_classes unused;
    struct more_boxes more;
    DET_TRY(take_more(l, &more, first->samples));
    DET_TRY(next_boxes(l, &next.boxes, first, classes, &more, extents));
    DET_TRY(det_roi_samples_of(l->compute, &samples, l->of->config, &next.boxes,
                               more.images, l->of->images));
    DET_TRY(learn_stage(l, &next, &unused));
    det_mnc_classes_give(l->compute, &unused);
    det_roi_samples_give(l->compute, &samples);
    det_tensor_give(l->compute, &next.boxes);
    det_arena_give(det_host_arena(l->compute), more.boxes);
    det_arena_give(det_host_arena(l->compute), more.images);
    return DET_OK;
}

/* ---------------------------------------------------------------- the whole */

det_status det_learn_cascade(struct det_compute *compute, det_trainer *trainer,
                             const struct det_cascade_lesson *lesson)
{
    struct lesson l = {
        .compute = compute, .t = trainer, .of = lesson, .loss = usual_loss};
    struct stage first = {.samples = lesson->rois, .names = first_names};
    struct det_mnc_classes classes;
    struct det_extent *extents;
    l.loss.background = settings_of(&l)->detections.reading.classes.background;
    DET_TRY(take_extents(&l, &extents));
    DET_TRY(first_boxes(&l, &first.boxes, extents));
    DET_TRY(learn_stage(&l, &first, &classes));
    if (trainer->config.five_stages)
        DET_TRY(learn_next(&l, &first, &classes, extents));
    det_mnc_classes_give(compute, &classes);
    det_tensor_give(compute, &first.boxes);
    det_arena_give(det_host_arena(compute), extents);
    return DET_OK;
}
