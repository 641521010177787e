/* SPDX-License-Identifier: MIT */
#include "compute/roi_pooling.h"

det_status det_roi_pooling(struct det_compute *compute,
                           struct det_roi_features *op, int32_t count,
                           int32_t capacity, int32_t side)
{
    const struct det_tensor like = {.n = count, .capacity = capacity};
    DET_TRY(det_tensor_take_like(compute, &op->out, &like, side, side,
                                 op->maps[0].c));
    if (det_planning(compute) || count == 0)
        return DET_OK;
    const det_status status = compute->ops->roi_features(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}
