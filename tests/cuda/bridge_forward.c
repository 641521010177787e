/* SPDX-License-Identifier: MIT */
#include "tests/cuda/bridge_call.h"

static det_status pack_conv2d(struct det_compute *compute, float *packed,
                              const struct det_conv_shape *shape,
                              const float *weight)
{
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_write_elements(&b, &packed,
                          b.compute.ops->packed_conv2d_count(shape),
                          b.compute.element);
    bridge_read(&b, &weight, det_conv_shape_weights(shape));
    BRIDGE_RUN(&b, pack_conv2d, packed, shape, weight);
    return bridge_end(&b);
}

static det_status pack_linear(struct det_compute *compute, float *packed,
                              const struct det_conv_shape *shape,
                              const float *weight)
{
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_write_elements(&b, &packed,
                          b.compute.ops->packed_conv2d_count(shape),
                          b.compute.element);
    bridge_read(&b, &weight, det_conv_shape_weights(shape));
    BRIDGE_RUN(&b, pack_linear, packed, shape, weight);
    return bridge_end(&b);
}

static det_status pack_conv_transpose(struct det_compute *compute,
                                      float *packed, int32_t in_channels,
                                      int32_t out_channels, const float *weight)
{
    const struct det_conv_shape product =
        det_conv_transpose_product(in_channels, out_channels);
    struct bridge b;
    bridge_begin(&b, compute);
    bridge_write_elements(&b, &packed,
                          b.compute.ops->packed_conv2d_count(&product),
                          b.compute.element);
    bridge_read(&b, &weight, det_conv_shape_weights(&product));
    BRIDGE_RUN(&b, pack_conv_transpose, packed, in_channels, out_channels,
               weight);
    return bridge_end(&b);
}

/* Predictors' are floats. */
static void write_output(struct bridge *b, struct det_tensor *out,
                         bool predicts)
{
    if (predicts)
        bridge_write_floats(b, out);
    else
        bridge_write_tensor(b, out);
}

static size_t no_conv2d_scratch(const struct det_conv2d *op, int threads)
{
    (void)op;
    (void)threads;
    return 0;
}

static det_status conv2d(struct det_compute *compute,
                         const struct det_conv2d *op, void *scratch)
{
    struct bridge b;
    struct det_conv2d on = *op;
    const size_t channels = (size_t)op->shape.out_channels;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.in);
    write_output(&b, &on.out, op->predicts);
    bridge_read_tensor(&b, &on.residual);
    bridge_read_elements(&b, &on.packed,
                         b.compute.ops->packed_conv2d_count(&on.shape),
                         b.compute.element);
    bridge_read_elements(&b, &on.bias, channels, on.out.element);
    bridge_read(&b, &on.norm.scale, channels);
    bridge_read(&b, &on.norm.shift, channels);
    void *room = bridge_scratch(&b, b.compute.ops->conv2d_scratch(op, 1));
    BRIDGE_RUN(&b, conv2d, &on, room);
    return bridge_end(&b);
}

static det_status linear(struct det_compute *compute,
                         const struct det_linear *op)
{
    struct bridge b;
    struct det_linear on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.in);
    write_output(&b, &on.out, op->predicts);
    bridge_read_elements(&b, &on.packed,
                         (size_t)det_tensor_stride(&op->in) * (size_t)op->out.c,
                         b.compute.element);
    bridge_read_elements(&b, &on.bias, (size_t)op->out.c, on.out.element);
    BRIDGE_RUN(&b, linear, &on);
    return bridge_end(&b);
}

static size_t no_transpose_scratch(const struct det_conv_transpose *op,
                                   int threads)
{
    (void)op;
    (void)threads;
    return 0;
}

static det_status conv_transpose(struct det_compute *compute,
                                 const struct det_conv_transpose *op,
                                 void *scratch)
{
    struct bridge b;
    struct det_conv_transpose on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.in);
    bridge_write_tensor(&b, &on.out);
    bridge_read_elements(&b, &on.packed,
                         4 * (size_t)op->in.c * (size_t)op->out.c,
                         b.compute.element);
    bridge_read_elements(&b, &on.bias, (size_t)op->out.c, on.out.element);
    void *room =
        bridge_scratch(&b, b.compute.ops->conv_transpose_scratch(op, 1));
    BRIDGE_RUN(&b, conv_transpose, &on, room);
    return bridge_end(&b);
}

static det_status select_channel(struct det_compute *compute,
                                 const struct det_select_channel *op)
{
    const struct det_conv_shape shape = {.in_channels = op->in.c,
                                         .out_channels = op->num_channels,
                                         .kernel_h = 1,
                                         .kernel_w = 1,
                                         .stride = 1,
                                         .dilation = 1,
                                         .groups = 1};
    struct bridge b;
    struct det_select_channel on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.in);
    bridge_write_floats(&b, &on.out);
    bridge_read_elements(&b, &on.packed,
                         b.compute.ops->packed_conv2d_count(&shape),
                         b.compute.element);
    bridge_read(&b, &on.bias, (size_t)op->num_channels);
    BRIDGE_RUN(&b, select_channel, &on);
    return bridge_end(&b);
}

/* Operators of an `in` and an `out`. */
#define IN_TO_OUT(name, type)                                                  \
    static det_status name(struct det_compute *compute, const type *op)        \
    {                                                                          \
        struct bridge b;                                                       \
        type on = *op;                                                         \
        bridge_begin(&b, compute);                                             \
        bridge_read_tensor(&b, &on.in);                                        \
        bridge_write_tensor(&b, &on.out);                                      \
        BRIDGE_RUN(&b, name, &on);                                             \
        return bridge_end(&b);                                                 \
    }

IN_TO_OUT(max_pool, struct det_pool)
IN_TO_OUT(average_pool, struct det_pool)
IN_TO_OUT(spatial_mean, struct det_spatial_mean)
IN_TO_OUT(mask_resize, struct det_mask_resize)
IN_TO_OUT(gather, struct det_gather)
IN_TO_OUT(subsample, struct det_subsample)

static det_status sigmoid_map(struct det_compute *compute,
                              const struct det_sigmoid_map *op)
{
    struct bridge b;
    struct det_sigmoid_map on = *op;
    bridge_begin(&b, compute);
    bridge_read_floats(&b, &on.in);
    bridge_write_floats(&b, &on.out);
    BRIDGE_RUN(&b, sigmoid_map, &on);
    return bridge_end(&b);
}

static det_status upsample_add(struct det_compute *compute,
                               const struct det_upsample_add *op)
{
    struct bridge b;
    struct det_upsample_add on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.coarse);
    bridge_change_tensor(&b, &on.out);
    BRIDGE_RUN(&b, upsample_add, &on);
    return bridge_end(&b);
}

static det_status roi_features(struct det_compute *compute,
                               const struct det_roi_features *op)
{
    struct bridge b;
    struct det_roi_features on = *op;
    const size_t channels = (size_t)op->out.c;
    bridge_begin(&b, compute);
    for (int i = 0; i < on.num_maps; i++)
        bridge_read_tensor(&b, &on.maps[i]);
    bridge_read_elements(&b, &on.bias, channels, b.compute.element);
    bridge_read(&b, &on.norm.scale, channels);
    bridge_read(&b, &on.norm.shift, channels);
    bridge_write_tensor(&b, &on.out);
    BRIDGE_RUN(&b, roi_features, &on);
    return bridge_end(&b);
}

static det_status roi_warp(struct det_compute *compute,
                           const struct det_roi_warp *op)
{
    struct bridge b;
    struct det_roi_warp on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.map);
    bridge_read_floats(&b, &on.boxes);
    bridge_write_tensor(&b, &on.out);
    BRIDGE_RUN(&b, roi_warp, &on);
    return bridge_end(&b);
}

static det_status mask_pooling(struct det_compute *compute,
                               const struct det_mask_pooling *op)
{
    struct bridge b;
    struct det_mask_pooling on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.features);
    bridge_read_floats(&b, &on.mask);
    bridge_write_tensor(&b, &on.out);
    BRIDGE_RUN(&b, mask_pooling, &on);
    return bridge_end(&b);
}

static size_t no_resize_scratch(const struct det_resize *op)
{
    (void)op;
    return 0;
}

static det_status resize(struct det_compute *compute,
                         const struct det_resize *op, void *scratch)
{
    struct bridge b;
    struct det_resize on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_write_tensor(&b, &on.out);
    void *room = bridge_scratch(&b, b.compute.ops->resize_scratch(op));
    BRIDGE_RUN(&b, resize, &on, room);
    return bridge_end(&b);
}

static det_status softmax(struct det_compute *compute,
                          const struct det_tensor *logits)
{
    struct bridge b;
    struct det_tensor on = *logits;
    bridge_begin(&b, compute);
    bridge_change_floats(&b, &on);
    BRIDGE_RUN(&b, softmax, &on);
    return bridge_end(&b);
}

static det_status sigmoid(struct det_compute *compute,
                          const struct det_tensor *logits)
{
    struct bridge b;
    struct det_tensor on = *logits;
    bridge_begin(&b, compute);
    bridge_change_floats(&b, &on);
    BRIDGE_RUN(&b, sigmoid, &on);
    return bridge_end(&b);
}

static det_status maximum(struct det_compute *compute,
                          const struct det_tensor *to,
                          const struct det_tensor *other)
{
    struct bridge b;
    struct det_tensor on = *to, second = *other;
    bridge_begin(&b, compute);
    bridge_change_tensor(&b, &on);
    bridge_read_tensor(&b, &second);
    BRIDGE_RUN(&b, maximum, &on, &second);
    return bridge_end(&b);
}

static det_status concat(struct det_compute *compute,
                         const struct det_concat *op)
{
    struct bridge b;
    struct det_concat on = *op;
    bridge_begin(&b, compute);
    bridge_read_tensor(&b, &on.first);
    bridge_read_tensor(&b, &on.second);
    bridge_write_tensor(&b, &on.out);
    BRIDGE_RUN(&b, concat, &on);
    return bridge_end(&b);
}

static det_status add_rows(struct det_compute *compute,
                           const struct det_add_rows *op)
{
    struct bridge b;
    struct det_add_rows on = *op;
    bridge_begin(&b, compute);
    bridge_change(&b, &on.to, (size_t)op->count);
    bridge_read(&b, &on.from, (size_t)op->count);
    BRIDGE_RUN(&b, add_rows, &on);
    return bridge_end(&b);
}

static det_status mask_paste(struct det_compute *compute,
                             const struct det_mask_paste *op)
{
    struct bridge b;
    struct det_mask_paste on = *op;
    bridge_begin(&b, compute);
    bridge_read_floats(&b, &on.masks);
    bridge_write(&b, &on.words, (size_t)op->num_words); /* as long as floats */
    BRIDGE_RUN(&b, mask_paste, &on);
    return bridge_end(&b);
}

/* ----------------------------------------------------------- choosing boxes */

static size_t
no_anchor_candidates_scratch(const struct det_anchor_candidates *op)
{
    (void)op;
    return 0;
}

static det_status anchor_candidates(struct det_compute *compute,
                                    const struct det_anchor_candidates *op,
                                    void *scratch)
{
    struct bridge b;
    struct det_anchor_candidates on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    for (int i = 0; i < on.num_levels; i++) {
        bridge_read_floats(&b, &on.levels[i].logits);
        bridge_read_floats(&b, &on.levels[i].deltas);
    }
    bridge_candidates(&b, &on.out);
    void *room =
        bridge_scratch(&b, b.compute.ops->anchor_candidates_scratch(&on));
    BRIDGE_RUN(&b, anchor_candidates, &on, room);
    return bridge_end(&b);
}

static size_t no_class_candidates_scratch(const struct det_class_candidates *op)
{
    (void)op;
    return 0;
}

static det_status class_candidates(struct det_compute *compute,
                                   const struct det_class_candidates *op,
                                   void *scratch)
{
    struct bridge b;
    struct det_class_candidates on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_read_floats(&b, &on.scores);
    bridge_read_floats(&b, &on.deltas);
    bridge_candidates(&b, &on.out);
    void *room =
        bridge_scratch(&b, b.compute.ops->class_candidates_scratch(&on));
    BRIDGE_RUN(&b, class_candidates, &on, room);
    return bridge_end(&b);
}

static size_t no_nms_scratch(const struct det_candidates_nms *op)
{
    (void)op;
    return 0;
}

static det_status nms(struct det_compute *compute,
                      const struct det_candidates_nms *op, void *scratch)
{
    struct bridge b;
    struct det_candidates_nms on = *op;
    (void)scratch;
    bridge_begin(&b, compute);
    bridge_candidates(&b, &on.in);
    bridge_candidates(&b, &on.out);
    void *room = bridge_scratch(&b, b.compute.ops->nms_scratch(&on));
    BRIDGE_RUN(&b, nms, &on, room);
    return bridge_end(&b);
}

void bridge_fill_forward(struct det_ops *table)
{
    table->pack_conv2d = pack_conv2d;
    table->pack_linear = pack_linear;
    table->pack_conv_transpose = pack_conv_transpose;
    table->conv2d_scratch = no_conv2d_scratch;
    table->conv2d = conv2d;
    table->linear = linear;
    table->conv_transpose_scratch = no_transpose_scratch;
    table->conv_transpose = conv_transpose;
    table->select_channel = select_channel;
    table->max_pool = max_pool;
    table->average_pool = average_pool;
    table->spatial_mean = spatial_mean;
    table->upsample_add = upsample_add;
    table->roi_features = roi_features;
    table->roi_warp = roi_warp;
    table->mask_resize = mask_resize;
    table->mask_pooling = mask_pooling;
    table->resize_scratch = no_resize_scratch;
    table->resize = resize;
    table->softmax = softmax;
    table->sigmoid = sigmoid;
    table->maximum = maximum;
    table->sigmoid_map = sigmoid_map;
    table->gather = gather;
    table->concat = concat;
    table->subsample = subsample;
    table->anchor_candidates_scratch = no_anchor_candidates_scratch;
    table->anchor_candidates = anchor_candidates;
    table->class_candidates_scratch = no_class_candidates_scratch;
    table->class_candidates = class_candidates;
    table->add_rows = add_rows;
    table->mask_paste = mask_paste;
    table->nms_scratch = no_nms_scratch;
    table->nms = nms;
}
