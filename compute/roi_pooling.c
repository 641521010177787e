/* SPDX-License-Identifier: MIT */
#include "compute/roi_pooling.h"

#include "compute/tape.h"

static bool wants_gradient(const struct det_roi_features *op)
{
    for (int i = 0; i < op->num_maps; i++)
        if (op->maps[i].node)
            return true;
    return false;
}

/* RoIPool looks for its maxima again. */
static bool reads_maps(const struct det_roi_features *op)
{
    return op->kind == DET_ROI_POOL;
}

static det_status roi_pooling_backward(struct det_compute *compute,
                                       const void *note)
{
    struct det_roi_features_backward op = {
        .roi = *(const struct det_roi_features *)note};
    op.gradient = det_gradient_take(compute, &op.roi.out);
    for (int i = 0; op.gradient.data && i < op.roi.num_maps; i++)
        DET_TRY(det_gradient_open(compute, &op.maps[i], &op.roi.maps[i]));
    if (op.gradient.data && !det_idle(compute))
        DET_TRY(compute->ops->roi_features_backward(compute, &op));
    det_tensor_give(compute, &op.gradient);
    det_arena_give(det_host_arena(compute), op.roi.boxes);
    det_arena_give(det_host_arena(compute), op.roi.map_index);
    det_arena_give(det_host_arena(compute), op.roi.image_index);
    for (int i = 0; reads_maps(&op.roi) && i < op.roi.num_maps; i++)
        det_tensor_give(compute, &op.roi.maps[i]);
    return DET_OK;
}

static det_status record(struct det_compute *compute,
                         struct det_roi_features *op)
{
    det_arena_hold(det_host_arena(compute), op->boxes);
    det_arena_hold(det_host_arena(compute), op->map_index);
    det_arena_hold(det_host_arena(compute), op->image_index);
    for (int i = 0; reads_maps(op) && i < op->num_maps; i++)
        det_tensor_hold(compute, &op->maps[i]);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, roi_pooling_backward, op, sizeof *op);
}

static det_status check_recordable(const struct det_compute *compute,
                                   const struct det_roi_features *op)
{
    if (op->step > 1 || det_roi_features_finishes(op))
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "RoIs pooled behind their convolution have no "
                        "gradient; pool first while training");
    return DET_OK;
}

det_status det_roi_pooling(struct det_compute *compute,
                           struct det_roi_features *op, int32_t count,
                           int32_t capacity, int32_t side)
{
    const struct det_tensor like = {
        .n = count, .capacity = capacity, .element = op->maps[0].element};
    const bool records = compute->tape && wants_gradient(op);
    op->side = side;
    op->step = op->step > 1 ? op->step : 1;
    if (records)
        DET_TRY(check_recordable(compute, op));
    const int32_t bins = (side - 1) / op->step + 1;
    DET_TRY(det_tensor_take_like(compute, &op->out, &like, bins, bins,
                                 op->maps[0].c));
    if (!det_idle(compute) && count > 0) {
        const det_status status = compute->ops->roi_features(compute, op);
        if (status != DET_OK) {
            det_tensor_give(compute, &op->out);
            return status;
        }
    }
    return records ? record(compute, op) : DET_OK;
}
