/* SPDX-License-Identifier: MIT */
/* Which pairs of RoI and class become candidates, and as which boxes. */
#ifndef COMPUTE_CLASS_RULE_H
#define COMPUTE_CLASS_RULE_H

#include "compute/ops.h"

/* Whether class `label` of RoI `roi` is one. */
static inline DET_ON_DEVICE bool
det_class_propose(struct det_box *box, float *score,
                  const struct det_class_candidates *op, int32_t roi,
                  int32_t label)
{
    const float *deltas = op->deltas.data + (int64_t)roi * op->deltas.c;
    *score = op->scores.data[(int64_t)roi * op->scores.c + label];
    if (label == op->reading.classes.background ||
        !(*score > op->score_threshold))
        return false;
    const struct det_box decoded =
        det_read_box(&op->reading, op->rois[roi], deltas, label);
    *box = det_box_clip(decoded, op->extent);
    return det_box_is_finite(decoded) && det_box_has_size(*box, op->min_size);
}

#endif
