/* SPDX-License-Identifier: MIT */
#include "roi/box_detections.h"

#include <string.h>

#include "compute/class_candidates.h"
#include "compute/nms.h"
#include "geometry/soft_nms.h"
#include "roi/box_voting.h"

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

static bool is_hard(const struct det_detection_config *config)
{
    return config->suppression == DET_SUPPRESSION_HARD;
}

static bool votes(const struct det_detection_config *config)
{
    return config->vote_threshold <= 1;
}

/* Pairs of RoI and class that are worth an NMS. */
static det_status find_candidates(struct det_compute *compute,
                                  struct det_candidates *out,
                                  const struct det_detection_config *config,
                                  const struct det_box_predictions *predictions,
                                  struct det_extent extent)
{
    struct det_class_candidates op = {.scores = predictions->scores,
                                      .deltas = predictions->deltas,
                                      .rois = predictions->rois,
                                      .reading = config->reading,
                                      .exclusive = true,
                                      .score_threshold =
                                          config->score_threshold,
                                      .min_size = config->min_size,
                                      .extent = extent};
    DET_TRY(det_class_candidates(compute, &op));
    *out = op.out;
    return DET_OK;
}

/* ------------------------------------------------- chosen where they are found
 */

static bool is_chosen_on_device(const struct det_detection_config *config)
{
    return is_hard(config) && !votes(config);
}

/* Those that are left take the place of `candidates`. */
static det_status choose_on_device(struct det_compute *compute,
                                   struct det_candidates *candidates,
                                   const struct det_detection_config *config)
{
    struct det_candidates_nms op = {.in = *candidates,
                                    .across_groups = config->across_classes,
                                    .options =
                                        det_detection_nms_options(config)};
    DET_TRY(det_candidates_nms(compute, &op));
    det_candidates_give(compute, candidates);
    *candidates = op.out;
    return DET_OK;
}

static void copy_chosen(struct det_detections *out,
                        const struct det_candidates *view)
{
    const size_t count = (size_t)*view->count;
    out->count = *view->count;
    memcpy(out->boxes, view->boxes, count * sizeof *out->boxes);
    memcpy(out->scores, view->scores, count * sizeof *out->scores);
    memcpy(out->labels, view->groups, count * sizeof *out->labels);
}

/* --------------------------------------------------------- chosen by the host
 */

struct room {
    int32_t *keep;
    void *scratch;
};

static det_status take_room(struct det_compute *compute, struct room *out,
                            const struct det_detection_config *config,
                            int32_t capacity)
{
    const size_t count = (size_t)capacity;
    const size_t scratch = is_hard(config) ? det_nms_scratch_size(count)
                                           : det_soft_nms_scratch_size(count);
    struct det_arena *arena = det_host_arena(compute);
    DET_TRY(det_arena_take(arena, &out->keep, count, sizeof *out->keep,
                           compute->message));
    return det_arena_take(arena, &out->scratch, scratch, 1, compute->message);
}

static void give_room(struct det_compute *compute, struct room *room)
{
    det_arena_give(det_host_arena(compute), room->keep);
    det_arena_give(det_host_arena(compute), room->scratch);
}

/* Indices of the boxes kept into room->keep, their scores into `scores`. */
static size_t suppress(float *scores, const struct room *room,
                       const struct det_nms_input *input,
                       const struct det_detection_config *config)
{
    if (!is_hard(config))
        return det_soft_nms(room->keep, scores, input,
                            &(struct det_soft_nms_options){
                                .decay = config->suppression,
                                .iou_threshold = config->nms_threshold,
                                .sigma = config->soft_sigma,
                                .least_score = config->score_threshold,
                                .counting = config->reading.coder.counting,
                                .limit = (size_t)config->max_detections},
                            room->scratch);
    const struct det_nms_options options = det_detection_nms_options(config);
    const size_t kept = det_nms(room->keep, input, &options, room->scratch);
    for (size_t i = 0; i < kept; i++)
        scores[i] = input->scores[room->keep[i]];
    return kept;
}

static void choose(struct det_detections *out, const struct det_candidates *c,
                   const struct room *room,
                   const struct det_detection_config *config)
{
    struct det_nms_input input = {.boxes = c->boxes,
                                  .scores = c->scores,
                                  .classes =
                                      config->across_classes ? NULL : c->groups,
                                  .count = (size_t)*c->count};
    const size_t kept = suppress(out->scores, room, &input, config);
    for (size_t i = 0; i < kept; i++) {
        out->boxes[i] = c->boxes[room->keep[i]];
        out->labels[i] = c->groups[room->keep[i]];
    }
    out->count = (int32_t)kept;
    input.classes = c->groups;
    if (votes(config))
        det_box_vote(out->boxes, out->labels, kept, &input,
                     config->vote_threshold, config->reading.coder.counting);
}

static det_status choose_on_host(struct det_compute *compute,
                                 struct det_detections *out,
                                 const struct det_candidates *view,
                                 const struct det_detection_config *config)
{
    struct room room;
    DET_TRY(take_room(compute, &room, config, view->capacity));
    if (!det_planning(compute))
        choose(out, view, &room, config);
    give_room(compute, &room);
    return DET_OK;
}

/* ------------------------------------------------------------------ selecting
 */

static det_status take_detections(struct det_compute *compute,
                                  struct det_detections *out, int32_t capacity)
{
    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    *out = (struct det_detections){.count = capacity, .capacity = capacity};
    DET_TRY(det_arena_take(arena, &out->boxes, (size_t)capacity,
                           sizeof *out->boxes, message));
    DET_TRY(det_arena_take(arena, &out->scores, (size_t)capacity,
                           sizeof *out->scores, message));
    return det_arena_take(arena, &out->labels, (size_t)capacity,
                          sizeof *out->labels, message);
}

det_status det_detections_begin(struct det_compute *compute,
                                struct det_detection_search *out,
                                const struct det_detection_config *config,
                                const struct det_box_predictions *predictions,
                                struct det_extent extent)
{
    DET_TRY(find_candidates(compute, &out->found, config, predictions, extent));
    if (is_chosen_on_device(config))
        DET_TRY(choose_on_device(compute, &out->found, config));
    return det_candidates_view_begin(compute, &out->view, &out->found);
}

det_status det_detections_end(struct det_compute *compute,
                              struct det_detections *out,
                              const struct det_detection_config *config,
                              struct det_detection_search *search)
{
    const struct det_candidates *view = &search->view;
    DET_TRY(det_candidates_view_end(compute, view, &search->found));
    DET_TRY(take_detections(compute, out,
                            config->limit_keeps_ties ? search->found.capacity
                                                     : config->max_detections));
    if (!is_chosen_on_device(config))
        DET_TRY(choose_on_host(compute, out, view, config));
    else if (!det_planning(compute))
        copy_chosen(out, view);
    det_candidates_view_give(compute, &search->view);
    det_candidates_give(compute, &search->found);
    return DET_OK;
}

det_status det_detections_select(struct det_compute *compute,
                                 struct det_detections *out,
                                 const struct det_detection_config *config,
                                 const struct det_box_predictions *predictions,
                                 struct det_extent extent)
{
    struct det_detection_search search;
    DET_TRY(
        det_detections_begin(compute, &search, config, predictions, extent));
    DET_TRY(det_wait(compute));
    return det_detections_end(compute, out, config, &search);
}

void det_detections_give(struct det_compute *compute,
                         struct det_detections *detections)
{
    det_arena_give(det_host_arena(compute), detections->boxes);
    det_arena_give(det_host_arena(compute), detections->scores);
    det_arena_give(det_host_arena(compute), detections->labels);
    *detections = (struct det_detections){0};
}
