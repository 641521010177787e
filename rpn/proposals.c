/* SPDX-License-Identifier: MIT */
#include "rpn/proposals.h"

#include <math.h>

#include "base/logistic.h"
#include "geometry/top_k.h"

/* Boxes of all levels before NMS. */
struct candidates {
    struct det_box *boxes;
    float *scores;
    int32_t *levels, *anchors;
    int32_t *keep;
    float *logits; /* of one level, with filters_first */
    void *scratch; /* for top-k, then for NMS */
    size_t count, capacity;
};

static int64_t level_anchors(const struct det_proposal_level *level)
{
    return det_tensor_count(&level->output.logits);
}

static size_t level_limit(const struct det_proposal_level *level,
                          const struct det_proposal_config *config)
{
    const int64_t anchors = level_anchors(level);
    return (size_t)(anchors < config->pre_nms ? anchors : config->pre_nms);
}

static det_status take_candidates(struct det_compute *compute,
                                  struct candidates *out,
                                  const struct det_proposal_config *config,
                                  const struct det_proposal_level *levels,
                                  int num_levels)
{
    size_t scratch = 0, most = 0;
    *out = (struct candidates){0};
    for (int i = 0; i < num_levels; i++) {
        const size_t limit = level_limit(&levels[i], config);
        const size_t anchors = (size_t)level_anchors(&levels[i]);
        const size_t needed = det_top_k_scratch_size(anchors, limit);
        scratch = needed > scratch ? needed : scratch;
        most = anchors > most ? anchors : most;
        out->capacity += limit;
    }
    const size_t nms = det_nms_scratch_size(out->capacity);
    scratch = nms > scratch ? nms : scratch;

    struct det_arena *arena = det_host_arena(compute);
    struct det_message *message = compute->message;
    DET_TRY(det_arena_take(arena, &out->boxes, out->capacity,
                           sizeof *out->boxes, message));
    DET_TRY(det_arena_take(arena, &out->scores, out->capacity,
                           sizeof *out->scores, message));
    DET_TRY(det_arena_take(arena, &out->levels, out->capacity,
                           sizeof *out->levels, message));
    DET_TRY(det_arena_take(arena, &out->anchors, out->capacity,
                           sizeof *out->anchors, message));
    DET_TRY(det_arena_take(arena, &out->keep, out->capacity, sizeof *out->keep,
                           message));
    if (config->filters_first)
        DET_TRY(det_arena_take(arena, &out->logits, most, sizeof *out->logits,
                               message));
    return det_arena_take(arena, &out->scratch, scratch, 1, message);
}

static void give_candidates(struct det_compute *compute, struct candidates *c)
{
    det_arena_give(det_host_arena(compute), c->boxes);
    det_arena_give(det_host_arena(compute), c->scores);
    det_arena_give(det_host_arena(compute), c->levels);
    det_arena_give(det_host_arena(compute), c->anchors);
    det_arena_give(det_host_arena(compute), c->keep);
    det_arena_give(det_host_arena(compute), c->logits);
    det_arena_give(det_host_arena(compute), c->scratch);
}

static bool large_enough(const struct det_proposal_config *config,
                         struct det_box box)
{
    const float longer = (float)config->coder.counting;
    const float w = box.x2 - box.x1 + longer, h = box.y2 - box.y1 + longer;
    if (config->min_size_exclusive)
        return w > config->min_size && h > config->min_size;
    return w >= config->min_size && h >= config->min_size;
}

/* What NMS ranks by.  Large logits that differ have the same sigmoid: they are
 * ties in torchvision and not in Detectron2. */
static float objectness_score(const struct det_proposal_config *config,
                              float logit)
{
    return config->rank_by_logit ? logit : det_logistic(logit);
}

static struct det_box decode(const struct det_proposal_config *config,
                             const struct det_proposal_level *level,
                             int32_t index, struct det_extent extent)
{
    const float *d = level->output.deltas.data + 4 * (size_t)index;
    const struct det_box anchor = det_anchor_at(level->anchors, level->stride,
                                                level->output.logits.w, index);
    return det_box_clip(
        det_delta_decode(&config->coder, anchor,
                         (struct det_delta){d[0], d[1], d[2], d[3]}),
        extent);
}

/* The level's logits, those of small boxes -infinity. */
static void filter_logits(float *out, const struct det_proposal_config *config,
                          const struct det_proposal_level *level,
                          struct det_extent extent)
{
    const float *logits = level->output.logits.data;
    const int32_t count = (int32_t)level_anchors(level);
    for (int32_t i = 0; i < count; i++)
        out[i] = large_enough(config, decode(config, level, i, extent))
                     ? logits[i]
                     : -INFINITY;
}

static void add_level(struct candidates *out,
                      const struct det_proposal_config *config,
                      const struct det_proposal_level *level, int32_t index,
                      struct det_extent extent)
{
    const float *logits = level->output.logits.data;
    int32_t *chosen = out->keep;
    if (config->filters_first) {
        filter_logits(out->logits, config, level, extent);
        logits = out->logits;
    }
    const size_t count = det_top_k(chosen, logits, (size_t)level_anchors(level),
                                   level_limit(level, config), out->scratch);
    for (size_t i = 0; i < count; i++) {
        const struct det_box box = decode(config, level, chosen[i], extent);
        if (!large_enough(config, box) || !isfinite(logits[chosen[i]]))
            continue;
        out->boxes[out->count] = box;
        out->scores[out->count] = objectness_score(config, logits[chosen[i]]);
        out->levels[out->count] = index;
        out->anchors[out->count] = chosen[i];
        out->count++;
    }
}

static void suppress(struct det_proposals *out, const struct candidates *c,
                     const struct det_proposal_config *config)
{
    const struct det_nms_input input = {.boxes = c->boxes,
                                        .scores = c->scores,
                                        .classes = c->levels,
                                        .count = c->count};
    const struct det_nms_options options = {.iou_threshold =
                                                config->nms_threshold,
                                            .limit = (size_t)config->post_nms,
                                            .counting = config->coder.counting};
    const size_t kept = det_nms(c->keep, &input, &options, c->scratch);
    for (size_t i = 0; i < kept; i++) {
        out->boxes[i] = c->boxes[c->keep[i]];
        out->anchors[i] = c->anchors[c->keep[i]];
    }
    out->count = (int32_t)kept;
}

/* The levels as the host reads them. */
static det_status view_levels(struct det_compute *compute,
                              struct det_proposal_level *views,
                              const struct det_proposal_level *levels,
                              int num_levels)
{
    for (int i = 0; i < num_levels; i++) {
        views[i] = levels[i];
        DET_TRY(
            det_rpn_output_view(compute, &views[i].output, &levels[i].output));
    }
    return det_wait(compute);
}

det_status det_proposals_select(struct det_compute *compute,
                                struct det_proposals *out,
                                const struct det_proposal_config *config,
                                const struct det_proposal_level *levels,
                                int num_levels, struct det_extent extent)
{
    struct det_proposal_level views[DET_MAX_LEVELS];
    struct candidates candidates;
    *out = (struct det_proposals){.capacity = config->post_nms};
    DET_TRY(det_arena_take(det_host_arena(compute), &out->boxes,
                           (size_t)config->post_nms, sizeof *out->boxes,
                           compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), &out->anchors,
                           (size_t)config->post_nms, sizeof *out->anchors,
                           compute->message));
    DET_TRY(view_levels(compute, views, levels, num_levels));
    DET_TRY(take_candidates(compute, &candidates, config, views, num_levels));
    if (det_planning(compute)) {
        out->count = out->capacity;
    } else {
        for (int i = 0; i < num_levels; i++)
            add_level(&candidates, config, &views[i], i, extent);
        suppress(out, &candidates, config);
    }
    give_candidates(compute, &candidates);
    for (int i = 0; i < num_levels; i++)
        det_rpn_output_view_give(compute, &views[i].output);
    return DET_OK;
}

void det_proposals_give(struct det_compute *compute,
                        struct det_proposals *proposals)
{
    det_arena_give(det_host_arena(compute), proposals->boxes);
    det_arena_give(det_host_arena(compute), proposals->anchors);
    *proposals = (struct det_proposals){0};
}
