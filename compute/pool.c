/* SPDX-License-Identifier: MIT */
#include "compute/pool.h"

int32_t det_pool_output_side(int32_t in, int32_t kernel, int32_t stride,
                             int32_t pad, enum det_pool_rounding rounding)
{
    const int32_t room = in + 2 * pad - kernel;
    if (room < 0)
        return 0;
    if (rounding == DET_POOL_FLOOR)
        return room / stride + 1;
    const int32_t side = (room + stride - 1) / stride + 1;
    /* torch and Caffe: no window begins in the padding behind the map. */
    return (side - 1) * stride >= in + pad ? side - 1 : side;
}

typedef det_status (*pool_fn)(struct det_compute *, const struct det_pool *);

static det_status run_pool(struct det_compute *compute, struct det_pool *op,
                           pool_fn pool)
{
    const int32_t h = det_pool_output_side(op->in.h, op->kernel, op->stride,
                                           op->pad, op->rounding);
    const int32_t w = det_pool_output_side(op->in.w, op->kernel, op->stride,
                                           op->pad, op->rounding);
    DET_TRY(det_tensor_take_like(compute, &op->out, &op->in, h, w, op->in.c));
    if (det_planning(compute) || op->in.n == 0)
        return DET_OK;
    const det_status status = pool(compute, op);
    if (status != DET_OK)
        det_tensor_give(compute, &op->out);
    return status;
}

det_status det_max_pool(struct det_compute *compute, struct det_pool *op)
{
    return run_pool(compute, op, compute->ops->max_pool);
}

det_status det_average_pool(struct det_compute *compute, struct det_pool *op)
{
    return run_pool(compute, op, compute->ops->average_pool);
}

det_status det_spatial_mean(struct det_compute *compute, struct det_tensor *out,
                            const struct det_tensor *in)
{
    struct det_pool op = {
        .in = *in, .kernel = in->h, .stride = in->h, .pad = 0};
    if (in->h != in->w)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a spatial mean of %d x %d: maps must be square", in->h,
                        in->w);
    DET_TRY(det_average_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}
