/* SPDX-License-Identifier: MIT */
/* Which anchors become candidates, and as which boxes. */
#ifndef COMPUTE_ANCHOR_RULE_H
#define COMPUTE_ANCHOR_RULE_H

#include <math.h>

#include "base/logistic.h"
#include "compute/ops.h"

static inline DET_ON_DEVICE int64_t
det_level_anchors(const struct det_anchor_level *level)
{
    return (int64_t)level->logits.h * level->logits.w * level->anchors.count;
}

/* How many of a level are chosen. */
static inline int64_t det_level_most(const struct det_anchor_candidates *op,
                                     const struct det_anchor_level *level)
{
    const int64_t anchors = det_level_anchors(level);
    return anchors < op->most ? anchors : op->most;
}

/* Where the logit of anchor `index` is. */
static inline DET_ON_DEVICE int64_t
det_anchor_logit_at(const struct det_anchor_level *level, int32_t index)
{
    const int32_t count = level->anchors.count;
    return (int64_t)(index / count) * level->logits.c + level->first +
           index % count;
}

static inline DET_ON_DEVICE struct det_box
det_anchor_decode(const struct det_anchor_candidates *op,
                  const struct det_anchor_level *level, int32_t index)
{
    const float *d = level->deltas.data + 4 * det_anchor_logit_at(level, index);
    const struct det_delta delta = {d[0], d[1], d[2], d[3]};
    const struct det_box anchor =
        det_anchor_at(&level->anchors, level->stride, level->logits.w, index);
    return det_box_clip(det_delta_decode(&op->coder, anchor, delta),
                        op->extent);
}

static inline DET_ON_DEVICE bool
det_anchor_is_large(const struct det_anchor_candidates *op, struct det_box box)
{
    const float longer = (float)op->coder.counting;
    const float w = box.x2 - box.x1 + longer, h = box.y2 - box.y1 + longer;
    if (op->min_size_exclusive)
        return w > op->min_size && h > op->min_size;
    return w >= op->min_size && h >= op->min_size;
}

/* What the best of a level are chosen by. */
static inline DET_ON_DEVICE float
det_anchor_rank(const struct det_anchor_candidates *op,
                const struct det_anchor_level *level, int32_t index)
{
    if (op->filters_first &&
        !det_anchor_is_large(op, det_anchor_decode(op, level, index)))
        return -INFINITY;
    return level->logits.data[det_anchor_logit_at(level, index)];
}

/* What they are ranked by then.  Large logits that differ have the same
 * sigmoid: they are ties in torchvision and not in Detectron2. */
static inline DET_ON_DEVICE float
det_anchor_score(const struct det_anchor_candidates *op, float logit)
{
    return op->rank_by_logit ? logit : det_logistic(logit);
}

/* Whether a chosen anchor is a candidate. */
static inline DET_ON_DEVICE bool
det_anchor_propose(struct det_box *box, float *score,
                   const struct det_anchor_candidates *op,
                   const struct det_anchor_level *level, int32_t index)
{
    const float logit = level->logits.data[det_anchor_logit_at(level, index)];
    *box = det_anchor_decode(op, level, index);
    *score = det_anchor_score(op, logit);
    return det_anchor_is_large(op, *box) && isfinite(logit);
}

#endif
