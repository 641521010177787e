/* SPDX-License-Identifier: MIT */
#include "compute/anchor_rule.h"
#include "compute/cpu/ops_cpu.h"
#include "geometry/top_k.h"

/* What is needed for the largest level. */
struct sizes {
    size_t anchors, most, top_k;
};

static struct sizes sizes_of(const struct det_anchor_candidates *op)
{
    struct sizes s = {0};
    for (int i = 0; i < op->num_levels; i++) {
        const size_t anchors = (size_t)det_level_anchors(&op->levels[i]);
        const size_t most = (size_t)det_level_most(op, &op->levels[i]);
        const size_t top_k = det_top_k_scratch_size(anchors, most);
        s.anchors = anchors > s.anchors ? anchors : s.anchors;
        s.most = most > s.most ? most : s.most;
        s.top_k = top_k > s.top_k ? top_k : s.top_k;
    }
    return s;
}

size_t det_anchor_candidates_scratch_cpu(const struct det_anchor_candidates *op)
{
    const struct sizes s = sizes_of(op);
    return s.top_k + s.most * sizeof(int32_t) + s.anchors * sizeof(float);
}

/* The level's logits as they lie there, or in `room`. */
static const float *ranks_of(float *room,
                             const struct det_anchor_candidates *op,
                             const struct det_anchor_level *level)
{
    if (!op->filters_first && level->logits.c == level->anchors.count)
        return level->logits.data;
    const int32_t count = (int32_t)det_level_anchors(level);
    for (int32_t i = 0; i < count; i++)
        room[i] = det_anchor_rank(op, level, i);
    return room;
}

static void add_chosen(const struct det_candidates *out,
                       const struct det_anchor_candidates *op, int32_t group,
                       const int32_t *chosen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct det_box box;
        float score;
        if (!det_anchor_propose(&box, &score, op, &op->levels[group],
                                chosen[i]))
            continue;
        const int32_t at = (*out->count)++;
        out->boxes[at] = box;
        out->scores[at] = score;
        out->groups[at] = group;
        out->places[at] = chosen[i];
    }
}

det_status det_anchor_candidates_cpu(struct det_compute *compute,
                                     const struct det_anchor_candidates *op,
                                     void *scratch)
{
    const struct sizes s = sizes_of(op);
    int32_t *chosen = (int32_t *)(void *)((unsigned char *)scratch + s.top_k);
    float *room = (float *)(void *)(chosen + s.most);
    (void)compute;
    *op->out.count = 0;
    for (int32_t i = 0; i < op->num_levels; i++) {
        const struct det_anchor_level *level = &op->levels[i];
        const size_t count = det_top_k(
            chosen, ranks_of(room, op, level), (size_t)det_level_anchors(level),
            (size_t)det_level_most(op, level), scratch);
        add_chosen(&op->out, op, i, chosen, count);
    }
    return DET_OK;
}
