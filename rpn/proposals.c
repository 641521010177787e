/* SPDX-License-Identifier: MIT */
#include "rpn/proposals.h"

#include <string.h>

#include "compute/anchor_candidates.h"
#include "compute/nms.h"

static struct det_anchor_level level_of(const struct det_proposal_level *level)
{
    return (struct det_anchor_level){.logits = level->output.logits,
                                     .deltas = level->output.deltas,
                                     .first =
                                         level->which * level->anchors->count,
                                     .anchors = *level->anchors,
                                     .stride = level->stride};
}

/* The best of each level. */
static det_status find_candidates(struct det_compute *compute,
                                  struct det_candidates *out,
                                  const struct det_proposal_config *config,
                                  const struct det_proposal_level *levels,
                                  int num_levels, struct det_extent extent)
{
    struct det_anchor_candidates op = {.num_levels = num_levels,
                                       .most = config->pre_nms,
                                       .min_size = config->min_size,
                                       .min_size_exclusive =
                                           config->min_size_exclusive,
                                       .filters_first = config->filters_first,
                                       .rank_by_logit = config->rank_by_logit,
                                       .coder = config->coder,
                                       .extent = extent};
    for (int i = 0; i < num_levels; i++)
        op.levels[i] = level_of(&levels[i]);
    DET_TRY(det_anchor_candidates(compute, &op));
    *out = op.out;
    return DET_OK;
}

/* Those that are not suppressed within their level. */
static det_status suppress(struct det_compute *compute,
                           struct det_candidates *out,
                           const struct det_candidates *candidates,
                           const struct det_proposal_config *config)
{
    struct det_candidates_nms op = {
        .in = *candidates,
        .options = {.iou_threshold = config->nms_threshold,
                    .limit = (size_t)config->post_nms,
                    .counting = config->coder.counting}};
    DET_TRY(det_candidates_nms(compute, &op));
    *out = op.out;
    return DET_OK;
}

static det_status take_proposals(struct det_compute *compute,
                                 struct det_proposals *out, int32_t capacity)
{
    struct det_arena *arena = det_host_arena(compute);
    *out = (struct det_proposals){.count = capacity, .capacity = capacity};
    DET_TRY(det_arena_take(arena, &out->boxes, (size_t)capacity,
                           sizeof *out->boxes, compute->message));
    DET_TRY(det_arena_take(arena, &out->scores, (size_t)capacity,
                           sizeof *out->scores, compute->message));
    return det_arena_take(arena, &out->anchors, (size_t)capacity,
                          sizeof *out->anchors, compute->message);
}

det_status det_proposals_begin(struct det_compute *compute,
                               struct det_proposal_search *out,
                               const struct det_proposal_config *config,
                               const struct det_proposal_level *levels,
                               int num_levels, struct det_extent extent)
{
    struct det_candidates candidates;
    DET_TRY(find_candidates(compute, &candidates, config, levels, num_levels,
                            extent));
    DET_TRY(suppress(compute, &out->kept, &candidates, config));
    det_candidates_give(compute, &candidates);
    return det_candidates_view_begin(compute, &out->view, &out->kept);
}

/* Only those that were kept came to the host. */
static void copy_view(struct det_proposals *out,
                      const struct det_candidates *view)
{
    const size_t count = (size_t)*view->count;
    out->count = *view->count;
    memcpy(out->boxes, view->boxes, count * sizeof *out->boxes);
    memcpy(out->scores, view->scores, count * sizeof *out->scores);
    memcpy(out->anchors, view->places, count * sizeof *out->anchors);
}

det_status det_proposals_end(struct det_compute *compute,
                             struct det_proposals *out,
                             const struct det_proposal_config *config,
                             struct det_proposal_search *search)
{
    DET_TRY(take_proposals(compute, out, config->post_nms));
    DET_TRY(det_candidates_view_end(compute, &search->view, &search->kept));
    if (!det_planning(compute))
        copy_view(out, &search->view);
    det_candidates_view_give(compute, &search->view);
    det_candidates_give(compute, &search->kept);
    return DET_OK;
}

det_status det_proposals_select(struct det_compute *compute,
                                struct det_proposals *out,
                                const struct det_proposal_config *config,
                                const struct det_proposal_level *levels,
                                int num_levels, struct det_extent extent)
{
    struct det_proposal_search search;
    DET_TRY(det_proposals_begin(compute, &search, config, levels, num_levels,
                                extent));
    DET_TRY(det_wait(compute));
    return det_proposals_end(compute, out, config, &search);
}

void det_proposals_give(struct det_compute *compute,
                        struct det_proposals *proposals)
{
    det_arena_give(det_host_arena(compute), proposals->boxes);
    det_arena_give(det_host_arena(compute), proposals->scores);
    det_arena_give(det_host_arena(compute), proposals->anchors);
    *proposals = (struct det_proposals){0};
}
