/* SPDX-License-Identifier: MIT */
#include "compute/nms.h"

static int32_t most_kept(const struct det_candidates_nms *op)
{
    const struct det_nms_options *options = &op->options;
    const bool limited = options->limit > 0 && !options->limit_keeps_ties;
    return limited && options->limit < (size_t)op->in.capacity
               ? (int32_t)options->limit
               : op->in.capacity;
}

det_status det_candidates_nms(struct det_compute *compute,
                              struct det_candidates_nms *op)
{
    const struct det_ops *ops = compute->ops;
    void *scratch = NULL;
    DET_TRY(det_candidates_take(compute, &op->out, most_kept(op)));
    det_status status = det_arena_take(
        compute->arena, &scratch, ops->nms_scratch(op), 1, compute->message);
    if (status == DET_OK && !det_idle(compute))
        status = ops->nms(compute, op, scratch);
    return det_candidates_settle(compute, &op->out, scratch, status);
}
