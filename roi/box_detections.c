/* SPDX-License-Identifier: MIT */
#include "roi/box_detections.h"

#include "geometry/soft_nms.h"
#include "roi/box_voting.h"

/* Pairs of RoI and class that are worth an NMS. */
struct candidates {
    struct det_box *boxes;
    float *scores;
    int32_t *labels;
    int32_t *keep;
    void *scratch;
    size_t count, capacity;
};

static size_t scratch_size(const struct det_detection_config *config,
                           size_t capacity)
{
    return config->suppression == DET_SUPPRESSION_HARD
               ? det_nms_scratch_size(capacity)
               : det_soft_nms_scratch_size(capacity);
}

static det_status take_candidates(struct det_compute *compute,
                                  struct candidates *out,
                                  const struct det_detection_config *config,
                                  size_t capacity)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    *out = (struct candidates){.capacity = capacity};
    DET_TRY(det_arena_take(arena, &out->boxes, capacity, sizeof *out->boxes,
                           message));
    DET_TRY(det_arena_take(arena, &out->scores, capacity, sizeof *out->scores,
                           message));
    DET_TRY(det_arena_take(arena, &out->labels, capacity, sizeof *out->labels,
                           message));
    DET_TRY(det_arena_take(arena, &out->keep, capacity, sizeof *out->keep,
                           message));
    return det_arena_take(arena, &out->scratch, scratch_size(config, capacity),
                          1, message);
}

static void give_candidates(struct det_compute *compute, struct candidates *c)
{
    det_arena_give(det_host_arena(compute), c->boxes);
    det_arena_give(det_host_arena(compute), c->scores);
    det_arena_give(det_host_arena(compute), c->labels);
    det_arena_give(det_host_arena(compute), c->keep);
    det_arena_give(det_host_arena(compute), c->scratch);
}

/* Order is RoI, then class, as in the references: equal scores keep it. */
static void add_roi(struct candidates *out,
                    const struct det_detection_config *config,
                    const struct det_box_predictions *p, int32_t roi,
                    struct det_extent extent)
{
    const struct det_class_layout *classes = &config->reading.classes;
    const float *scores = p->scores + (size_t)roi * classes->num_scores;
    for (int32_t label = 0; label < classes->num_scores; label++) {
        if (label == classes->background ||
            !(scores[label] > config->score_threshold))
            continue;
        const struct det_box decoded =
            det_predicted_box(p, &config->reading, roi, label);
        const struct det_box box = det_box_clip(decoded, extent);
        if (!det_box_is_finite(decoded) ||
            !det_box_has_size(box, config->min_size))
            continue;
        out->boxes[out->count] = box;
        out->scores[out->count] = scores[label];
        out->labels[out->count] = label;
        out->count++;
    }
}

struct det_nms_options
det_detection_nms_options(const struct det_detection_config *config)
{
    return (struct det_nms_options){.iou_threshold = config->nms_threshold,
                                    .limit = (size_t)config->max_detections,
                                    .limit_keeps_ties =
                                        config->limit_keeps_ties,
                                    .batching = config->nms_batching,
                                    .counting = config->reading.coder.counting};
}

/* Indices of the boxes kept into c->keep, their scores into `scores`. */
static size_t suppress(float *scores, const struct candidates *c,
                       const struct det_nms_input *input,
                       const struct det_detection_config *config)
{
    if (config->suppression != DET_SUPPRESSION_HARD)
        return det_soft_nms(c->keep, scores, input,
                            &(struct det_soft_nms_options){
                                .decay = config->suppression,
                                .iou_threshold = config->nms_threshold,
                                .sigma = config->soft_sigma,
                                .least_score = config->score_threshold,
                                .counting = config->reading.coder.counting,
                                .limit = (size_t)config->max_detections},
                            c->scratch);
    const struct det_nms_options options = det_detection_nms_options(config);
    const size_t kept = det_nms(c->keep, input, &options, c->scratch);
    for (size_t i = 0; i < kept; i++)
        scores[i] = c->scores[c->keep[i]];
    return kept;
}

static void choose(struct det_detections *out, const struct candidates *c,
                   const struct det_detection_config *config)
{
    struct det_nms_input input = {.boxes = c->boxes,
                                  .scores = c->scores,
                                  .classes =
                                      config->across_classes ? NULL : c->labels,
                                  .count = c->count};
    const size_t kept = suppress(out->scores, c, &input, config);
    for (size_t i = 0; i < kept; i++) {
        out->boxes[i] = c->boxes[c->keep[i]];
        out->labels[i] = c->labels[c->keep[i]];
    }
    out->count = (int32_t)kept;
    input.classes = c->labels;
    if (config->vote_threshold <= 1)
        det_box_vote(out->boxes, out->labels, kept, &input,
                     config->vote_threshold, config->reading.coder.counting);
}

static det_status take_detections(struct det_compute *compute,
                                  struct det_detections *out, int32_t capacity)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    *out = (struct det_detections){.capacity = capacity};
    DET_TRY(det_arena_take(arena, &out->boxes, (size_t)capacity,
                           sizeof *out->boxes, message));
    DET_TRY(det_arena_take(arena, &out->scores, (size_t)capacity,
                           sizeof *out->scores, message));
    return det_arena_take(arena, &out->labels, (size_t)capacity,
                          sizeof *out->labels, message);
}

det_status det_detections_select(struct det_compute *compute,
                                 struct det_detections *out,
                                 const struct det_detection_config *config,
                                 const struct det_box_predictions *predictions,
                                 struct det_extent extent)
{
    struct candidates candidates;
    const size_t pairs = (size_t)predictions->capacity *
                         (size_t)config->reading.classes.num_scores;
    if (pairs > INT32_MAX)
        return det_fail(compute->message, DET_ERROR_LIMIT,
                        "%d regions of %d classes are too many; take fewer "
                        "proposals or rounds",
                        predictions->capacity,
                        config->reading.classes.num_scores);
    DET_TRY(take_detections(compute, out,
                            config->limit_keeps_ties ? (int32_t)pairs
                                                     : config->max_detections));
    DET_TRY(take_candidates(compute, &candidates, config, pairs));
    if (det_planning(compute)) {
        out->count = out->capacity;
    } else {
        for (int32_t r = 0; r < predictions->count; r++)
            add_roi(&candidates, config, predictions, r, extent);
        choose(out, &candidates, config);
    }
    give_candidates(compute, &candidates);
    return DET_OK;
}

void det_detections_give(struct det_compute *compute,
                         struct det_detections *detections)
{
    det_arena_give(det_host_arena(compute), detections->boxes);
    det_arena_give(det_host_arena(compute), detections->scores);
    det_arena_give(det_host_arena(compute), detections->labels);
    *detections = (struct det_detections){0};
}
