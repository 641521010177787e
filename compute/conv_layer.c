/* SPDX-License-Identifier: MIT */
#include "compute/conv_layer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/conv2d.h"
#include "compute/conv_layer_train.h"
#include "compute/conv_transpose.h"
#include "compute/layer_watch.h"
#include "compute/linear.h"
#include "compute/mirror.h"

static int32_t one_at_least(int32_t value)
{
    return value > 0 ? value : 1;
}

static struct det_parameter vector_parameter(int32_t count)
{
    return (struct det_parameter){.rank = 1, .shape = {count}};
}

static struct det_parameter weight_parameter(const struct det_conv_layer *l)
{
    const struct det_conv_shape *s = &l->shape;
    const int32_t channels = s->in_channels / s->groups;
    switch (l->kind) {
    case DET_CONV_LINEAR:
        return (struct det_parameter){
            .rank = 2,
            .shape = {s->out_channels, channels * s->kernel_h * s->kernel_w}};
    case DET_CONV_TRANSPOSED:
        return (struct det_parameter){.rank = 4,
                                      .shape = {s->in_channels, s->out_channels,
                                                s->kernel_h, s->kernel_w}};
    case DET_CONV:
        break;
    }
    return (struct det_parameter){
        .rank = 4,
        .shape = {s->out_channels, channels, s->kernel_h, s->kernel_w}};
}

void det_conv_layer_init(struct det_conv_layer *layer,
                         const struct det_conv_config *config)
{
    *layer = (struct det_conv_layer){
        .kind = config->kind,
        .shape = {.in_channels = config->in_channels,
                  .out_channels = config->out_channels,
                  .kernel_h = one_at_least(config->kernel),
                  .kernel_w = one_at_least(config->kernel),
                  .stride = one_at_least(config->stride),
                  .pad = config->pad,
                  .dilation = one_at_least(config->dilation),
                  .groups = one_at_least(config->groups)},
        .has_bias = config->bias,
        .has_norm = config->norm,
        .norm_eps = config->norm_eps,
        .relu = config->relu,
        .predicts = config->predicts};
    layer->weight = weight_parameter(layer);
    const struct det_parameter vector = vector_parameter(config->out_channels);
    layer->bias = vector;
    layer->norm_weight = vector;
    layer->norm_bias = vector;
    layer->norm_mean = vector;
    layer->norm_variance = vector;
}

det_status det_conv_layer_visit(struct det_conv_layer *layer, const char *conv,
                                const char *norm, det_parameter_fn visit,
                                void *user)
{
    const struct {
        const char *owner, *suffix;
        struct det_parameter *parameter;
        bool present;
    } rows[] = {
        {conv, "weight", &layer->weight, true},
        {conv, "bias", &layer->bias, layer->has_bias},
        {norm, "weight", &layer->norm_weight, layer->has_norm},
        {norm, "bias", &layer->norm_bias, layer->has_norm},
        {norm, "running_mean", &layer->norm_mean, layer->has_norm},
        {norm, "running_var", &layer->norm_variance, layer->has_norm},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[DET_NAME_SIZE];
        if (!rows[i].present)
            continue;
        snprintf(name, sizeof name, "%s.%s", rows[i].owner, rows[i].suffix);
        DET_TRY(visit(user, name, rows[i].parameter));
    }
    return DET_OK;
}

/* ---------------------------------------------------------------- preparing */

static size_t round_to_line(size_t floats)
{
    return (floats + 15) & ~(size_t)15;
}

/* Floats of room for `count` elements. */
static size_t room_for(size_t count, enum det_element element)
{
    return element == DET_ELEMENT_FP32 ? round_to_line(count)
                                       : round_to_line((count + 1) / 2);
}

static size_t packed_count(const struct det_conv_layer *layer,
                           const struct det_ops *ops)
{
    const struct det_conv_shape *s = &layer->shape;
    const struct det_conv_shape shape =
        layer->kind == DET_CONV_TRANSPOSED
            ? det_conv_transpose_product(s->in_channels, s->out_channels)
            : *s;
    return ops->packed_conv2d_count(&shape);
}

size_t det_conv_layer_packed_room(const struct det_conv_layer *layer,
                                  const struct det_compute *compute)
{
    return room_for(packed_count(layer, compute->ops), compute->element);
}

size_t det_conv_layer_prepared_count(const struct det_conv_layer *layer,
                                     const struct det_compute *compute)
{
    const int vectors = (layer->has_bias ? 1 : 0) + (layer->has_norm ? 2 : 0);
    return det_conv_layer_packed_room(layer, compute) +
           (size_t)vectors * round_to_line((size_t)layer->shape.out_channels);
}

det_status det_conv_layer_pack(struct det_compute *compute,
                               const struct det_conv_layer *layer,
                               float *packed)
{
    const struct det_ops *ops = compute->ops;
    const struct det_conv_shape *s = &layer->shape;
    const float *weight = det_mirrored(compute, layer->weight.value);
    switch (layer->kind) {
    case DET_CONV:
        return ops->pack_conv2d(compute, packed, s, weight);
    case DET_CONV_LINEAR:
        return ops->pack_linear(compute, packed, s, weight);
    case DET_CONV_TRANSPOSED:
        break;
    }
    return ops->pack_conv_transpose(compute, packed, s->in_channels,
                                    s->out_channels, weight);
}

/*
 * Batch norm is (x - mean) / sqrt(var + eps) * weight + bias, computed as
 * x * scale + shift.  The norm stays apart from the convolution and is rounded
 * as torch rounds it, because a network's maps then equal torch's to the last
 * bit: batch_norm fuses products and sums (ATen/native/Normalization.cpp on a
 * CPU with FMA), FrozenBatchNorm2d does not (torchvision/ops/misc.py), and
 * only published FrozenBatchNorm2d models have an eps of 0.
 */
static void prepare_norm(struct det_conv_layer *layer, float *scale,
                         float *shift)
{
    layer->norm = (struct det_conv_norm){
        .scale = scale, .shift = shift, .fused = layer->norm_eps > 0.0f};
    for (int32_t k = 0; k < layer->shape.out_channels; k++) {
        const float mean = layer->norm_mean.value[k];
        const float bias = layer->norm_bias.value[k];
        scale[k] =
            layer->norm_weight.value[k] *
            (1.0f / sqrtf(layer->norm_variance.value[k] + layer->norm_eps));
        shift[k] = layer->norm.fused ? fmaf(-mean, scale[k], bias)
                                     : bias - mean * scale[k];
    }
}

size_t det_conv_layer_norm_count(const struct det_conv_layer *layer)
{
    return layer->has_norm
               ? 2 * round_to_line((size_t)layer->shape.out_channels)
               : 0;
}

void det_conv_layer_prepare_norm(struct det_conv_layer *layer, float *memory)
{
    if (layer->has_norm)
        prepare_norm(layer, memory,
                     memory + round_to_line((size_t)layer->shape.out_channels));
}

static det_status prepare_on_host(struct det_compute *compute,
                                  struct det_conv_layer *layer, float *memory)
{
    const size_t channels = (size_t)layer->shape.out_channels;
    DET_TRY(det_conv_layer_pack(compute, layer, memory));
    layer->packed = memory;
    memory += det_conv_layer_packed_room(layer, compute);
    if (layer->has_bias) {
        memcpy(memory, layer->bias.value, channels * sizeof(float));
        layer->packed_bias = memory;
        memory += round_to_line(channels);
    }
    if (layer->has_norm)
        prepare_norm(layer, memory, memory + round_to_line(channels));
    return DET_OK;
}

/* What a device with a memory of its own is given: weights and bias with the
 * norm multiplied in, since its kernels do no more than add a bias. */
struct folded {
    float *weight, *bias; /* of the host; bias [K], with or without a norm */
    size_t weights;
};

static void fold_norm(const struct folded *out, struct det_conv_layer *layer,
                      float *norm)
{
    const int32_t channels = layer->shape.out_channels;
    const size_t row = out->weights / (size_t)channels;
    prepare_norm(layer, norm, norm + channels);
    for (int32_t k = 0; k < channels; k++) {
        for (size_t i = 0; i < row; i++)
            out->weight[(size_t)k * row + i] *= norm[k];
        out->bias[k] = out->bias[k] * norm[k] + norm[channels + k];
    }
    layer->norm = (struct det_conv_norm){0};
}

static det_status fold(struct folded *out, struct det_conv_layer *layer,
                       struct det_message *message)
{
    const size_t channels = (size_t)layer->shape.out_channels;
    out->weights = det_conv_shape_weights(&layer->shape);
    DET_TRY(det_allocate(&out->weight, out->weights + 3 * channels,
                         sizeof *out->weight, message));
    out->bias = out->weight + out->weights;
    memcpy(out->weight, layer->weight.value,
           out->weights * sizeof *out->weight);
    if (layer->has_bias)
        memcpy(out->bias, layer->bias.value, channels * sizeof *out->bias);
    if (layer->has_norm)
        fold_norm(out, layer, out->bias + channels);
    return DET_OK;
}

/* The vendor's kernels that add a bias want it to be what they write. */
static det_status upload_bias(struct det_compute *compute,
                              struct det_conv_layer *layer, const float *bias,
                              float *room, float *memory)
{
    const struct det_ops *ops = compute->ops;
    const int32_t channels = layer->shape.out_channels;
    DET_TRY(
        ops->to_device(compute, room, bias, (size_t)channels * sizeof *bias));
    DET_TRY(ops->convert(compute, memory,
                         layer->predicts ? DET_ELEMENT_FP32 : compute->element,
                         room, channels));
    layer->packed_bias = memory;
    return DET_OK;
}

/* `room` is memory of the device for the weights in torch's order, and for the
 * bias after them. */
static det_status upload(struct det_compute *compute,
                         struct det_conv_layer *layer,
                         const struct folded *folded, float *room,
                         float *memory)
{
    const struct det_ops *ops = compute->ops;
    const float *value = layer->weight.value;
    DET_TRY(ops->to_device(compute, room, folded->weight,
                           folded->weights * sizeof *room));
    layer->weight.value = room;
    const det_status status = det_conv_layer_pack(compute, layer, memory);
    layer->weight.value = value;
    DET_TRY(status);
    layer->packed = memory;
    if (layer->has_bias || layer->has_norm)
        DET_TRY(
            upload_bias(compute, layer, folded->bias, room,
                        memory + det_conv_layer_packed_room(layer, compute)));
    return ops->wait(compute);
}

static det_status prepare_on_device(struct det_compute *compute,
                                    struct det_conv_layer *layer, float *memory)
{
    const struct det_ops *ops = compute->ops;
    struct folded folded = {0};
    void *room = NULL;
    det_status status = fold(&folded, layer, compute->message);
    if (status == DET_OK)
        status = ops->allocate(&room, folded.weights * sizeof *memory,
                               compute->message);
    if (status == DET_OK)
        status = upload(compute, layer, &folded, room, memory);
    ops->release(room);
    free(folded.weight);
    return status;
}

det_status det_conv_layer_prepare(struct det_compute *compute,
                                  struct det_conv_layer *layer, float *memory)
{
    return compute->ops->shares_memory
               ? prepare_on_host(compute, layer, memory)
               : prepare_on_device(compute, layer, memory);
}

/* ------------------------------------------------------------------ forward */

static det_status forward_transposed(struct det_compute *compute,
                                     const struct det_conv_layer *layer,
                                     struct det_tensor *out,
                                     const struct det_tensor *in)
{
    struct det_conv_transpose op = {.in = *in,
                                    .packed = layer->packed,
                                    .bias = layer->packed_bias,
                                    .relu = layer->relu};
    DET_TRY(det_conv_transpose(compute, &op, layer->shape.out_channels));
    *out = op.out;
    return DET_OK;
}

static det_status forward_linear(struct det_compute *compute,
                                 const struct det_conv_layer *layer,
                                 struct det_tensor *out,
                                 const struct det_tensor *in)
{
    const struct det_conv_shape *s = &layer->shape;
    struct det_linear op = {.in = *in,
                            .packed = layer->packed,
                            .bias = layer->packed_bias,
                            .relu = layer->relu,
                            .predicts = layer->predicts};
    DET_TRY(det_linear(compute, &op,
                       (int64_t)s->kernel_h * s->kernel_w * s->in_channels,
                       s->out_channels));
    *out = op.out;
    return DET_OK;
}

det_status det_conv_layer_run(struct det_compute *compute,
                              const struct det_conv_layer *layer,
                              struct det_tensor *out,
                              const struct det_tensor *in,
                              const struct det_layer_residual *residual)
{
    if (in->element != compute->element)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "a layer whose weights are %s was given a map of %s",
                        det_element_name(compute->element),
                        det_element_name(in->element));
    if (layer->kind == DET_CONV_TRANSPOSED)
        return forward_transposed(compute, layer, out, in);
    if (layer->kind == DET_CONV_LINEAR)
        return forward_linear(compute, layer, out, in);
    struct det_conv2d op = {.shape = layer->shape,
                            .in = *in,
                            .packed = layer->packed,
                            .bias = layer->packed_bias,
                            .norm = layer->norm,
                            .residual = residual->map,
                            .in_place = residual->in_place,
                            .relu = layer->relu,
                            .predicts = layer->predicts};
    DET_TRY(det_conv2d(compute, &op));
    *out = op.out;
    return DET_OK;
}

static struct det_layer_way way_of(const struct det_compute *compute,
                                   const struct det_conv_layer *layer,
                                   const struct det_tensor *out,
                                   const struct det_tensor *in, double flops)
{
    const struct det_conv2d op = {.shape = layer->shape,
                                  .in = *in,
                                  .out = *out,
                                  .in_order = compute->in_order};
    switch (layer->kind) {
    case DET_CONV_LINEAR:
        return (struct det_layer_way){"linear", flops};
    case DET_CONV_TRANSPOSED:
        return (struct det_layer_way){"transposed", flops};
    case DET_CONV:
        break;
    }
    return compute->ops->conv2d_way(&op);
}

/* `layer` runs as `as`: itself, or a part of it. */
static det_status run_watched(struct det_compute *compute,
                              const struct det_conv_layer *layer,
                              const struct det_conv_layer *as,
                              struct det_tensor *out,
                              const struct det_tensor *in,
                              const struct det_layer_residual *residual)
{
    struct det_layer_call call = {.layer = layer, .in = *in};
    const double flops = compute->flops;
    DET_TRY(det_layer_watch_begin(compute, &call));
    DET_TRY(det_conv_layer_run(compute, as, out, in, residual));
    call.out = *out;
    call.flops = compute->flops - flops;
    call.way = way_of(compute, as, out, in, call.flops);
    return det_layer_watch_end(compute, &call);
}

/* What is added may be somebody else's, too, or on a tape. */
static bool fits_in_place(const struct det_compute *compute,
                          const struct det_conv_layer *layer,
                          const struct det_tensor *residual)
{
    const struct det_conv2d op = {.shape = layer->shape,
                                  .in_order = compute->in_order};
    return layer->kind == DET_CONV && residual->data && !compute->tape &&
           det_tensor_is_sole(compute, residual) &&
           compute->ops->conv2d_fits_in_place(&op);
}

det_status det_conv_layer_forward(struct det_compute *compute,
                                  const struct det_conv_layer *layer,
                                  struct det_tensor *out,
                                  const struct det_tensor *in,
                                  struct det_tensor *residual)
{
    struct det_tensor none = {0};
    struct det_tensor *map = residual ? residual : &none;
    const struct det_layer_residual add = {
        .map = *map, .in_place = fits_in_place(compute, layer, map)};
    if (compute->tape)
        DET_TRY(det_conv_layer_train(compute, layer, out, in, map));
    else if (det_layer_watched(compute, in))
        DET_TRY(run_watched(compute, layer, layer, out, in, &add));
    else
        DET_TRY(det_conv_layer_run(compute, layer, out, in, &add));
    if (!add.in_place)
        det_tensor_give(compute, map);
    *map = none;
    return DET_OK;
}

det_status det_conv_layer_forward_take(struct det_compute *compute,
                                       const struct det_conv_layer *layer,
                                       struct det_tensor *out,
                                       struct det_tensor *in)
{
    DET_TRY(det_conv_layer_forward(compute, layer, out, in, NULL));
    det_tensor_give(compute, in);
    return DET_OK;
}

det_status det_conv_layer_sums(struct det_compute *compute,
                               const struct det_conv_layer *layer,
                               struct det_tensor *out,
                               const struct det_tensor *in)
{
    const struct det_layer_residual none = {0};
    struct det_conv_layer bare = *layer;
    bare.shape.stride = 1;
    bare.packed_bias = NULL;
    bare.norm = (struct det_conv_norm){0};
    bare.relu = bare.predicts = false;
    return det_layer_watched(compute, in)
               ? run_watched(compute, layer, &bare, out, in, &none)
               : det_conv_layer_run(compute, &bare, out, in, &none);
}

/* ----------------------------------------------------------------- visiting */

det_status det_visit_layer(const struct det_layer_visitor *visitor,
                           struct det_conv_layer *layer, const char *prefix,
                           const char *conv, const char *norm)
{
    char conv_name[DET_NAME_SIZE], norm_name[DET_NAME_SIZE] = "";
    snprintf(conv_name, sizeof conv_name, "%s%s", prefix, conv);
    if (norm)
        snprintf(norm_name, sizeof norm_name, "%s%s", prefix, norm);
    const struct det_layer_names names = {conv_name, norm_name};
    return visitor->visit(visitor->user, &names, layer);
}
