/* SPDX-License-Identifier: MIT */
#include "roi/box_detections.h"

#include "geometry/nms.h"

/* Pairs of RoI and class that are worth an NMS. */
struct candidates {
    struct det_box *boxes;
    float *scores;
    int32_t *labels;
    int32_t *keep;
    void *scratch;
    size_t count, capacity;
};

static det_status take_candidates(struct det_compute *compute,
                                  struct candidates *out, size_t capacity)
{
    struct det_arena *arena = compute->arena;
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
    return det_arena_take(arena, &out->scratch, det_nms_scratch_size(capacity),
                          1, message);
}

static void give_candidates(struct det_compute *compute, struct candidates *c)
{
    det_arena_give(compute->arena, c->boxes);
    det_arena_give(compute->arena, c->scores);
    det_arena_give(compute->arena, c->labels);
    det_arena_give(compute->arena, c->keep);
    det_arena_give(compute->arena, c->scratch);
}

/* Order is RoI, then class, as in the references: equal scores keep it. */
static void add_roi(struct candidates *out,
                    const struct det_detection_config *config,
                    const struct det_box_predictions *p, int32_t roi,
                    struct det_extent extent)
{
    const struct det_class_layout *classes = &config->classes;
    const float *scores = p->scores + (size_t)roi * classes->num_scores;
    const float *deltas =
        p->deltas + (size_t)roi * 4 * classes->num_delta_classes;
    for (int32_t label = 0; label < classes->num_scores; label++) {
        if (label == classes->background ||
            !(scores[label] > config->score_threshold))
            continue;
        const float *d = deltas + 4 * (size_t)det_delta_row(classes, label);
        const struct det_box decoded =
            det_delta_decode(&config->coder, p->rois[roi],
                             (struct det_delta){d[0], d[1], d[2], d[3]});
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

static void suppress(struct det_detections *out, const struct candidates *c,
                     const struct det_detection_config *config)
{
    const struct det_nms_input input = {.boxes = c->boxes,
                                        .scores = c->scores,
                                        .classes = c->labels,
                                        .count = c->count};
    const struct det_nms_options options = {
        .iou_threshold = config->nms_threshold,
        .limit = (size_t)config->max_detections};
    const size_t kept = det_nms(c->keep, &input, &options, c->scratch);
    for (size_t i = 0; i < kept; i++) {
        out->boxes[i] = c->boxes[c->keep[i]];
        out->scores[i] = c->scores[c->keep[i]];
        out->labels[i] = c->labels[c->keep[i]];
    }
    out->count = (int32_t)kept;
}

static det_status take_detections(struct det_compute *compute,
                                  struct det_detections *out, int32_t capacity)
{
    struct det_arena *arena = compute->arena;
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
    const size_t pairs =
        (size_t)predictions->capacity * (size_t)config->classes.num_scores;
    DET_TRY(take_detections(compute, out, config->max_detections));
    DET_TRY(take_candidates(compute, &candidates, pairs));
    if (det_planning(compute)) {
        out->count = out->capacity;
    } else {
        for (int32_t r = 0; r < predictions->count; r++)
            add_roi(&candidates, config, predictions, r, extent);
        suppress(out, &candidates, config);
    }
    give_candidates(compute, &candidates);
    return DET_OK;
}

void det_detections_give(struct det_compute *compute,
                         struct det_detections *detections)
{
    det_arena_give(compute->arena, detections->boxes);
    det_arena_give(compute->arena, detections->scores);
    det_arena_give(compute->arena, detections->labels);
    *detections = (struct det_detections){0};
}
