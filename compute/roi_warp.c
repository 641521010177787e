/* SPDX-License-Identifier: MIT */
#include "compute/roi_warp.h"

#include "compute/tape.h"

/* How the output changes with a box depends on the map's values. */
static bool reads_map(const struct det_roi_warp *op)
{
    return op->boxes.node != 0;
}

static det_status roi_warping_backward(struct det_compute *compute,
                                       const void *note)
{
    struct det_roi_warp_backward op = {.warp =
                                           *(const struct det_roi_warp *)note};
    op.gradient = det_gradient_take(compute, &op.warp.out);
    if (op.gradient.data) {
        DET_TRY(det_gradient_open(compute, &op.map, &op.warp.map));
        DET_TRY(det_gradient_open(compute, &op.boxes, &op.warp.boxes));
        if (!det_idle(compute))
            DET_TRY(compute->ops->roi_warp_backward(compute, &op));
    }
    det_tensor_give(compute, &op.gradient);
    if (reads_map(&op.warp))
        det_tensor_give(compute, &op.warp.map);
    det_tensor_give(compute, &op.warp.boxes);
    det_arena_give(det_host_arena(compute), op.warp.image_index);
    return DET_OK;
}

static det_status record(struct det_compute *compute, struct det_roi_warp *op)
{
    det_tensor_hold(compute, &op->boxes);
    det_arena_hold(det_host_arena(compute), op->image_index);
    if (reads_map(op))
        det_tensor_hold(compute, &op->map);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, roi_warping_backward, op, sizeof *op);
}

det_status det_roi_warping(struct det_compute *compute, struct det_roi_warp *op,
                           int32_t side)
{
    const struct det_tensor *boxes = &op->boxes;
    if (boxes->h != 1 || boxes->w != 1 || boxes->c != 4)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "boxes are [R, %d, %d, %d], wanted [R, 1, 1, 4]",
                        boxes->h, boxes->w, boxes->c);
    const struct det_tensor like = {
        .n = boxes->n, .capacity = boxes->capacity, .element = op->map.element};
    DET_TRY(
        det_tensor_take_like(compute, &op->out, &like, side, side, op->map.c));
    if (!det_idle(compute) && boxes->n > 0) {
        const det_status status = compute->ops->roi_warp(compute, op);
        if (status != DET_OK) {
            det_tensor_give(compute, &op->out);
            return status;
        }
    }
    const bool trained = op->map.node != 0 || boxes->node != 0;
    return compute->tape && trained ? record(compute, op) : DET_OK;
}
