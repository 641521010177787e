/* SPDX-License-Identifier: MIT */
#include "tests/cuda/bridge_call.h"

/* Scratch of the bridge's own: none.  The device's is its own affair. */
#define NO_SCRATCH(name, type)                                                 \
    static size_t name(const type *op, int threads)                            \
    {                                                                          \
        (void)op;                                                              \
        (void)threads;                                                         \
        return 0;                                                              \
    }

NO_SCRATCH(no_norm_scratch, struct det_batch_norm)
NO_SCRATCH(no_norm_backward_scratch, struct det_batch_norm_backward)
NO_SCRATCH(no_epilogue_scratch, struct det_epilogue_backward)
NO_SCRATCH(no_conv_scratch, struct det_conv_backward)

/* Batch norm may be asked to work in place. */
static void bridge_norm_maps(struct bridge *b, struct det_batch_norm *on)
{
    const bool same = on->in.data == on->out.data;
    if (same) {
        bridge_change_tensor(b, &on->out);
        on->in.data = on->out.data;
        return;
    }
    bridge_read_tensor(b, &on->in);
    bridge_write_tensor(b, &on->out);
}

/* From statistics that are found, or that are given: `again`. */
static det_status run_norm(struct det_compute *compute,
                           const struct det_batch_norm *op, bool again)
{
    struct bridge b;
    struct det_batch_norm on = *op;
    const size_t channels = (size_t)op->in.c;
    void (*const statistics)(struct bridge *, void *, size_t) =
        again ? bridge_read : bridge_write;
    bridge_begin(&b, compute);
    bridge_norm_maps(&b, &on);
    bridge_read_tensor(&b, &on.residual);
    bridge_read(&b, &on.weight, channels);
    bridge_read(&b, &on.bias, channels);
    statistics(&b, &on.mean, channels);
    statistics(&b, &on.variance, channels);
    void *room = bridge_scratch(&b, b.compute.ops->batch_norm_scratch(&on, 1));
    if (again)
        BRIDGE_RUN(&b, batch_norm_again, &on, room);
    else
        BRIDGE_RUN(&b, batch_norm, &on, room);
    return bridge_end(&b);
}

static det_status batch_norm(struct det_compute *compute,
                             const struct det_batch_norm *op, void *scratch)
{
    (void)scratch;
    return run_norm(compute, op, false);
}

static det_status batch_norm_again(struct det_compute *compute,
                                   const struct det_batch_norm *op,
                                   void *scratch)
{
    (void)scratch;
    return run_norm(compute, op, true);
}

static det_status running_statistics(struct det_compute *compute,
                                     const struct det_running_update *op)
{
    struct bridge b;
    struct det_running_update on = *op;
    const size_t channels = (size_t)op->channels;
    bridge_begin(&b, compute);
    bridge_read(&b, &on.mean, channels);
    bridge_read(&b, &on.variance, channels);
    bridge_change(&b, &on.running_mean, channels);
    bridge_change(&b, &on.running_variance, channels);
    BRIDGE_RUN(&b, running_statistics, &on);
    return bridge_end(&b);
}

static det_status batch_norm_backward(struct det_compute *compute,
                                      const struct det_batch_norm_backward *op,
                                      void *scratch)
{
    struct bridge b;
    struct det_batch_norm_backward on = *op;
    const size_t channels = (size_t)op->in.c;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_change_tensor(&b, &on.gradient);
    bridge_read_tensor(&b, &on.in);
    bridge_read_tensor(&b, &on.out);
    bridge_gradient(&b, &on.residual);
    bridge_read(&b, &on.weight, channels);
    bridge_read(&b, &on.bias, channels);
    bridge_read(&b, &on.mean, channels);
    bridge_read(&b, &on.variance, channels);
    bridge_change(&b, &on.weight_gradient, channels);
    bridge_change(&b, &on.bias_gradient, channels);
    void *room =
        bridge_scratch(&b, b.compute.ops->batch_norm_backward_scratch(&on, 1));
    BRIDGE_RUN(&b, batch_norm_backward, &on, room);
    return bridge_end(&b);
}

static det_status epilogue_backward(struct det_compute *compute,
                                    const struct det_epilogue_backward *op,
                                    void *scratch)
{
    struct bridge b;
    struct det_epilogue_backward on = *op;
    const size_t channels = (size_t)op->gradient.c;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_change_tensor(&b, &on.gradient);
    bridge_read_tensor(&b, &on.out);
    bridge_gradient(&b, &on.residual);
    bridge_read(&b, &on.scale, channels);
    bridge_change(&b, &on.bias_gradient, channels);
    void *room =
        bridge_scratch(&b, b.compute.ops->epilogue_backward_scratch(&on, 1));
    BRIDGE_RUN(&b, epilogue_backward, &on, room);
    return bridge_end(&b);
}

static void bridge_conv_backward(struct bridge *b, struct det_conv_backward *on,
                                 size_t weights)
{
    bridge_read_tensor(b, &on->in);
    bridge_read_tensor(b, &on->gradient);
    bridge_read(b, &on->weight, weights);
    bridge_change(b, &on->weight_gradient, weights);
    bridge_gradient(b, &on->in_gradient);
}

static det_status conv2d_backward(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  void *scratch)
{
    struct bridge b;
    struct det_conv_backward on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_conv_backward(&b, &on, det_conv_shape_weights(&op->shape));
    void *room =
        bridge_scratch(&b, b.compute.ops->conv2d_backward_scratch(&on, 1));
    BRIDGE_RUN(&b, conv2d_backward, &on, room);
    return bridge_end(&b);
}

static det_status linear_backward(struct det_compute *compute,
                                  const struct det_conv_backward *op,
                                  void *scratch)
{
    struct bridge b;
    struct det_conv_backward on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_conv_backward(&b, &on, det_conv_shape_weights(&op->shape));
    void *room =
        bridge_scratch(&b, b.compute.ops->linear_backward_scratch(&on, 1));
    BRIDGE_RUN(&b, linear_backward, &on, room);
    return bridge_end(&b);
}

static det_status conv_transpose_backward(struct det_compute *compute,
                                          const struct det_conv_backward *op,
                                          void *scratch)
{
    struct bridge b;
    struct det_conv_backward on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_conv_backward(&b, &on,
                         4 * (size_t)op->in.c * (size_t)op->gradient.c);
    void *room = bridge_scratch(
        &b, b.compute.ops->conv_transpose_backward_scratch(&on, 1));
    BRIDGE_RUN(&b, conv_transpose_backward, &on, room);
    return bridge_end(&b);
}

static det_status
select_channel_backward(struct det_compute *compute,
                        const struct det_select_channel_backward *op)
{
    struct bridge b;
    struct det_select_channel_backward on = *op;
    const size_t channels = (size_t)op->num_channels;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.in);
    bridge_read_floats(&b, &on.gradient);
    bridge_read(&b, &on.weight, channels * (size_t)op->in.c);
    bridge_change(&b, &on.weight_gradient, channels * (size_t)op->in.c);
    bridge_change(&b, &on.bias_gradient, channels);
    bridge_gradient(&b, &on.in_gradient);
    BRIDGE_RUN(&b, select_channel_backward, &on);
    return bridge_end(&b);
}

static det_status max_pool_backward(struct det_compute *compute,
                                    const struct det_pool_backward *op)
{
    struct bridge b;
    struct det_pool_backward on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.pool.in);
    bridge_read_tensor(&b, &on.pool.out);
    bridge_read_tensor(&b, &on.gradient);
    bridge_gradient(&b, &on.in_gradient);
    BRIDGE_RUN(&b, max_pool_backward, &on);
    return bridge_end(&b);
}

/* Operators that read the gradient alone and give one. */
#define GRADIENT_TO_IN(name, type, to)                                         \
    static det_status name(struct det_compute *compute, const type *op)        \
    {                                                                          \
        struct bridge b;                                                       \
        type on = *op;                                                         \
        bridge_begin(&b, compute);                                             \
        bridge_read_tensor(&b, &on.gradient);                                  \
        bridge_gradient(&b, &on.to);                                           \
        BRIDGE_RUN(&b, name, &on);                                             \
        return bridge_end(&b);                                                 \
    }

GRADIENT_TO_IN(average_pool_backward, struct det_pool_backward, in_gradient)
GRADIENT_TO_IN(spatial_mean_backward, struct det_spatial_mean_backward,
               in_gradient)
GRADIENT_TO_IN(upsample_add_backward, struct det_upsample_add_backward, coarse)
GRADIENT_TO_IN(mask_resize_backward, struct det_mask_resize_backward,
               in_gradient)
GRADIENT_TO_IN(gather_backward, struct det_gather_backward, in_gradient)
GRADIENT_TO_IN(subsample_backward, struct det_subsample_backward, in_gradient)

static det_status
roi_features_backward(struct det_compute *compute,
                      const struct det_roi_features_backward *op)
{
    struct bridge b;
    struct det_roi_features_backward on = *op;
    bridge_begin(&b, compute);
    for (int i = 0; i < on.roi.num_maps; i++) {
        if (on.roi.kind == DET_ROI_POOL)
            bridge_read_tensor(&b, &on.roi.maps[i]);
        bridge_gradient(&b, &on.maps[i]);
    }
    bridge_read_tensor(&b, &on.gradient);
    BRIDGE_RUN(&b, roi_features_backward, &on);
    return bridge_end(&b);
}

static det_status roi_warp_backward(struct det_compute *compute,
                                    const struct det_roi_warp_backward *op)
{
    struct bridge b;
    struct det_roi_warp_backward on = *op;
    bridge_begin(&b, compute);
    if (on.boxes.tensor.data)
        bridge_read_tensor(&b, &on.warp.map);
    bridge_read_floats(&b, &on.warp.boxes);
    bridge_read_tensor(&b, &on.gradient);
    bridge_gradient(&b, &on.map);
    bridge_float_gradient(&b, &on.boxes);
    BRIDGE_RUN(&b, roi_warp_backward, &on);
    return bridge_end(&b);
}

static det_status
mask_pooling_backward(struct det_compute *compute,
                      const struct det_mask_pooling_backward *op)
{
    struct bridge b;
    struct det_mask_pooling_backward on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.pooling.features);
    bridge_read_floats(&b, &on.pooling.mask);
    bridge_read_tensor(&b, &on.gradient);
    bridge_gradient(&b, &on.features);
    bridge_float_gradient(&b, &on.mask);
    BRIDGE_RUN(&b, mask_pooling_backward, &on);
    return bridge_end(&b);
}

static det_status
sigmoid_map_backward(struct det_compute *compute,
                     const struct det_sigmoid_map_backward *op)
{
    struct bridge b;
    struct det_sigmoid_map_backward on = *op;
    bridge_begin(&b, compute);
    bridge_read_floats(&b, &on.map.out);
    bridge_read_floats(&b, &on.gradient);
    bridge_float_gradient(&b, &on.in_gradient);
    BRIDGE_RUN(&b, sigmoid_map_backward, &on);
    return bridge_end(&b);
}

static det_status concat_backward(struct det_compute *compute,
                                  const struct det_concat_backward *op)
{
    struct bridge b;
    struct det_concat_backward on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.gradient);
    bridge_gradient(&b, &on.first);
    bridge_gradient(&b, &on.second);
    BRIDGE_RUN(&b, concat_backward, &on);
    return bridge_end(&b);
}

static det_status clear(struct det_compute *compute, float *values,
                        int64_t count)
{
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_write(&b, &values, (size_t)count);
    BRIDGE_RUN(&b, clear, values, count);
    return bridge_end(&b);
}

static det_status scale(struct det_compute *compute, float *values,
                        int64_t count, float by)
{
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_change(&b, &values, (size_t)count);
    BRIDGE_RUN(&b, scale, values, count, by);
    return bridge_end(&b);
}

static det_status square_sum(struct det_compute *compute, double *sum,
                             const float *values, int64_t count)
{
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_read(&b, &values, (size_t)count);
    BRIDGE_RUN(&b, square_sum, sum, values, count);
    return bridge_end(&b);
}

static det_status sgd_update(struct det_compute *compute,
                             const struct det_sgd_update *op)
{
    struct bridge b;
    struct det_sgd_array arrays[BRIDGE_COPIES];
    struct det_sgd_update on = *op;
    on.arrays = arrays;
    bridge_begin(&b, compute);
    for (int32_t k = 0; k < op->num_arrays && k < BRIDGE_COPIES; k++) {
        arrays[k] = op->arrays[k];
        bridge_change(&b, &arrays[k].value, (size_t)arrays[k].count);
        bridge_change(&b, &arrays[k].momentum, (size_t)arrays[k].count);
        bridge_read(&b, &arrays[k].gradient, (size_t)arrays[k].count);
    }
    BRIDGE_RUN(&b, sgd_update, &on);
    return bridge_end(&b);
}

static det_status average(struct det_compute *compute,
                          const struct det_average *op)
{
    struct bridge b;
    struct det_average on = *op;
    bridge_begin(&b, compute);
    bridge_change(&b, &on.averages, (size_t)op->count);
    bridge_read(&b, &on.values, (size_t)op->count);
    BRIDGE_RUN(&b, average, &on);
    return bridge_end(&b);
}

/* Losses read their values and add to a gradient of them. */
#define LOSS(name, type, values)                                               \
    static det_status name(struct det_compute *compute, const type *op)        \
    {                                                                          \
        struct bridge b;                                                       \
        type on = *op;                                                         \
        bridge_begin(&b, compute);                                             \
        bridge_read_floats(&b, &on.values);                                    \
        bridge_float_gradient(&b, &on.gradient);                               \
        BRIDGE_RUN(&b, name, &on);                                             \
        return bridge_end(&b);                                                 \
    }

LOSS(softmax_loss, struct det_softmax_loss, logits)
LOSS(sigmoid_loss, struct det_sigmoid_loss, logits)
LOSS(smooth_l1_loss, struct det_smooth_l1_loss, values)

void bridge_fill_backward(struct det_ops *table)
{
    table->batch_norm_scratch = no_norm_scratch;
    table->batch_norm = batch_norm;
    table->batch_norm_again = batch_norm_again;
    table->running_statistics = running_statistics;
    table->batch_norm_backward_scratch = no_norm_backward_scratch;
    table->batch_norm_backward = batch_norm_backward;
    table->epilogue_backward_scratch = no_epilogue_scratch;
    table->epilogue_backward = epilogue_backward;
    table->conv2d_backward_scratch = no_conv_scratch;
    table->conv2d_backward = conv2d_backward;
    table->linear_backward_scratch = no_conv_scratch;
    table->linear_backward = linear_backward;
    table->conv_transpose_backward_scratch = no_conv_scratch;
    table->conv_transpose_backward = conv_transpose_backward;
    table->select_channel_backward = select_channel_backward;
    table->max_pool_backward = max_pool_backward;
    table->average_pool_backward = average_pool_backward;
    table->spatial_mean_backward = spatial_mean_backward;
    table->upsample_add_backward = upsample_add_backward;
    table->roi_features_backward = roi_features_backward;
    table->roi_warp_backward = roi_warp_backward;
    table->mask_resize_backward = mask_resize_backward;
    table->mask_pooling_backward = mask_pooling_backward;
    table->sigmoid_map_backward = sigmoid_map_backward;
    table->gather_backward = gather_backward;
    table->concat_backward = concat_backward;
    table->subsample_backward = subsample_backward;
    table->clear = clear;
    table->scale = scale;
    table->square_sum = square_sum;
    table->sgd_update = sgd_update;
    table->average = average;
    table->softmax_loss = softmax_loss;
    table->sigmoid_loss = sigmoid_loss;
    table->smooth_l1_loss = smooth_l1_loss;
}
