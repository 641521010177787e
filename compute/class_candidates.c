/* SPDX-License-Identifier: MIT */
#include "compute/class_candidates.h"

static det_status check_shapes(struct det_compute *compute,
                               const struct det_class_candidates *op)
{
    const struct det_class_layout *classes = &op->reading.classes;
    const struct det_tensor *scores = &op->scores, *deltas = &op->deltas;
    if (scores->h != 1 || scores->w != 1 || scores->c != classes->num_scores ||
        deltas->h != 1 || deltas->w != 1 ||
        deltas->c != 4 * classes->num_delta_classes || deltas->n != scores->n)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "scores of %d x %d and deltas of %d x %d for %d scores "
                        "and %d boxes",
                        scores->n, scores->c, deltas->n, deltas->c,
                        classes->num_scores, classes->num_delta_classes);
    return DET_OK;
}

/* Scores whose sum is 1, but for its rounding, and that are each above the
 * threshold. */
static int32_t most_of_roi(const struct det_class_candidates *op)
{
    const double sum = 1.0001, threshold = (double)op->score_threshold;
    const int32_t all = op->scores.c;
    if (!op->exclusive || !(threshold * all > sum))
        return all;
    return (int32_t)(sum / threshold);
}

det_status det_class_candidates(struct det_compute *compute,
                                struct det_class_candidates *op)
{
    const struct det_ops *ops = compute->ops;
    const int64_t pairs = (int64_t)op->scores.capacity * op->scores.c;
    void *scratch = NULL;
    DET_TRY(check_shapes(compute, op));
    if (pairs > INT32_MAX)
        return det_fail(compute->message, DET_ERROR_LIMIT,
                        "%d regions of %d classes are too many; take fewer "
                        "proposals or rounds",
                        op->scores.capacity, op->scores.c);
    DET_TRY(det_candidates_take(compute, &op->out,
                                op->scores.capacity * most_of_roi(op)));
    det_status status =
        det_arena_take(compute->arena, &scratch,
                       ops->class_candidates_scratch(op), 1, compute->message);
    if (status == DET_OK && !det_idle(compute))
        status = ops->class_candidates(compute, op, scratch);
    return det_candidates_settle(compute, &op->out, scratch, status);
}
