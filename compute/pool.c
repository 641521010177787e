/* SPDX-License-Identifier: MIT */
#include "compute/pool.h"

#include "compute/tape.h"

int32_t det_pool_output_side(int32_t in, int32_t kernel, int32_t stride,
                             int32_t pad, enum det_pool_rounding rounding)
{
    const int32_t room = in + 2 * pad - kernel;
    if (rounding == DET_POOL_FLOOR)
        return room < 0 ? 0 : room / stride + 1;
    if (room + stride - 1 < 0)
        return 0;
    const int32_t side = (room + stride - 1) / stride + 1;
    /* torch and Caffe: no window begins in the padding behind the map. */
    return (side - 1) * stride >= in + pad ? side - 1 : side;
}

/* ----------------------------------------------------------------- backward */

static det_status pool_backward(
    struct det_compute *compute, struct det_pool_backward *op,
    det_status (*run)(struct det_compute *, const struct det_pool_backward *))
{
    op->gradient = det_gradient_take(compute, &op->pool.out);
    if (!op->gradient.data)
        return DET_OK;
    DET_TRY(det_gradient_open(compute, &op->in_gradient, &op->pool.in));
    if (!det_idle(compute))
        DET_TRY(run(compute, op));
    det_tensor_give(compute, &op->gradient);
    return DET_OK;
}

static det_status max_pool_backward(struct det_compute *compute,
                                    const void *note)
{
    struct det_pool_backward op = {.pool = *(const struct det_pool *)note};
    DET_TRY(pool_backward(compute, &op, compute->ops->max_pool_backward));
    det_tensor_give(compute, &op.pool.in);
    det_tensor_give(compute, &op.pool.out);
    return DET_OK;
}

static det_status average_pool_backward(struct det_compute *compute,
                                        const void *note)
{
    struct det_pool_backward op = {.pool = *(const struct det_pool *)note};
    return pool_backward(compute, &op, compute->ops->average_pool_backward);
}

/* ------------------------------------------------------------------ forward */

typedef det_status (*pool_fn)(struct det_compute *, const struct det_pool *);

static det_status run_pool(struct det_compute *compute, struct det_pool *op,
                           pool_fn pool)
{
    const int32_t h = det_pool_output_side(op->in.h, op->kernel, op->stride,
                                           op->pad, op->rounding);
    const int32_t w = det_pool_output_side(op->in.w, op->kernel, op->stride,
                                           op->pad, op->rounding);
    DET_TRY(det_tensor_take_like(compute, &op->out, &op->in, h, w, op->in.c));
    if (det_idle(compute) || op->in.n == 0)
        return DET_OK;
    const det_status status = pool(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}

/* The backward finds each window's maximum again. */
det_status det_max_pool(struct det_compute *compute, struct det_pool *op)
{
    DET_TRY(run_pool(compute, op, compute->ops->max_pool));
    if (!compute->tape || op->in.node == 0)
        return DET_OK;
    det_tensor_hold(compute, &op->in);
    det_tensor_hold(compute, &op->out);
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, max_pool_backward, op, sizeof *op);
}

det_status det_average_pool(struct det_compute *compute, struct det_pool *op)
{
    DET_TRY(run_pool(compute, op, compute->ops->average_pool));
    if (!compute->tape || op->in.node == 0)
        return DET_OK;
    DET_TRY(det_tape_node(compute, &op->out));
    return det_tape_record(compute, average_pool_backward, op, sizeof *op);
}
