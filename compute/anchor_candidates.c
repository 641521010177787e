/* SPDX-License-Identifier: MIT */
#include "compute/anchor_candidates.h"

#include "compute/anchor_rule.h"

static det_status check_level(struct det_compute *compute,
                              const struct det_anchor_level *level)
{
    const struct det_tensor *logits = &level->logits, *deltas = &level->deltas;
    const int32_t anchors = level->anchors.count;
    if (anchors < 1 || level->first < 0 || level->first > logits->c - anchors ||
        deltas->h != logits->h || deltas->w != logits->w ||
        deltas->c != 4 * logits->c)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "%d anchors from channel %d on of logits %d x %d x %d "
                        "with deltas %d x %d x %d",
                        anchors, level->first, logits->h, logits->w, logits->c,
                        deltas->h, deltas->w, deltas->c);
    if (det_level_anchors(level) > INT32_MAX)
        return det_fail(compute->message, DET_ERROR_LIMIT,
                        "a map of %d x %d x %d anchors is too large", logits->h,
                        logits->w, anchors);
    return DET_OK;
}

det_status det_anchor_candidates(struct det_compute *compute,
                                 struct det_anchor_candidates *op)
{
    const struct det_ops *ops = compute->ops;
    int64_t capacity = 0;
    void *scratch = NULL;
    for (int i = 0; i < op->num_levels; i++) {
        DET_TRY(check_level(compute, &op->levels[i]));
        capacity += det_level_most(op, &op->levels[i]);
    }
    if (capacity > INT32_MAX)
        return det_fail(compute->message, DET_ERROR_LIMIT,
                        "%d proposals of each level are too many", op->most);
    DET_TRY(det_candidates_take(compute, &op->out, (int32_t)capacity));
    det_status status =
        det_arena_take(compute->arena, &scratch,
                       ops->anchor_candidates_scratch(op), 1, compute->message);
    if (status == DET_OK && !det_idle(compute))
        status = ops->anchor_candidates(compute, op, scratch);
    return det_candidates_settle(compute, &op->out, scratch, status);
}
