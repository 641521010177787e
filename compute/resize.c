/* SPDX-License-Identifier: MIT */
#include "compute/resize.h"

det_status det_resize_into(struct det_compute *compute,
                           const struct det_resize *op)
{
    void *scratch = NULL;
    det_status status = DET_OK;
    DET_TRY(det_arena_take(compute->arena, &scratch,
                           compute->ops->resize_scratch(op), 1,
                           compute->message));
    if (!det_idle(compute))
        status = compute->ops->resize(compute, op, scratch);
    det_arena_give(compute->arena, scratch);
    return status;
}

det_status det_resize(struct det_compute *compute, struct det_resize *op,
                      int32_t padded_h, int32_t padded_w)
{
    const struct det_tensor like = {
        .n = 1, .capacity = 1, .element = op->out.element};
    DET_TRY(
        det_tensor_take_like(compute, &op->out, &like, padded_h, padded_w, 3));
    const det_status status = det_resize_into(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}
