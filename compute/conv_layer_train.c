/* SPDX-License-Identifier: MIT */
#include "compute/conv_layer_train.h"

#include "compute/batch_norm.h"
#include "compute/conv_backward.h"
#include "compute/epilogue.h"
#include "compute/mirror.h"
#include "compute/ops.h"
#include "compute/tape.h"

/* What the backward of a layer needs.  `in` is held when the weights are
 * trained, `out` when there is a ReLU, unless they can be made again; `sum` and
 * `statistics` with the batch's own statistics; of the others only shape and
 * node count. */
struct layer_note {
    const struct det_conv_layer *layer;
    struct det_tensor in, sum, out, residual;
    float *statistics; /* [2, K]: mean, variance */
    bool holds_in, holds_out;
};

static bool is_trained(const struct det_conv_layer *layer)
{
    return layer->weight.gradient || layer->bias.gradient ||
           layer->norm_weight.gradient;
}

static bool uses_batch_statistics(const struct det_conv_layer *layer)
{
    return layer->has_norm && layer->norm_mode == DET_NORM_BATCH;
}

/* ------------------------------------------------------------------ forward */

/* A bias is added as what its layer writes. */
static bool rounds_bias(const struct det_compute *compute,
                        const struct det_conv_layer *layer)
{
    return layer->has_bias && !layer->predicts &&
           compute->element != DET_ELEMENT_FP32;
}

/* Into out->taken: the weights, and behind them the bias if it is rounded. */
static det_status pack(struct det_compute *compute,
                       struct det_layer_weights *out,
                       const struct det_conv_layer *layer)
{
    float *bias = out->taken + det_conv_layer_packed_room(layer, compute);
    DET_TRY(det_conv_layer_pack(compute, layer, out->taken));
    if (!rounds_bias(compute, layer))
        return DET_OK;
    DET_TRY(compute->ops->convert(compute, bias, compute->element, out->bias,
                                  layer->shape.out_channels));
    out->bias = bias;
    return DET_OK;
}

det_status det_layer_weights_take(struct det_compute *compute,
                                  struct det_layer_weights *out,
                                  const struct det_conv_layer *layer)
{
    const size_t weights = det_conv_layer_packed_room(layer, compute);
    const size_t bias =
        rounds_bias(compute, layer) ? (size_t)layer->shape.out_channels : 0;
    *out = (struct det_layer_weights){.packed = layer->packed,
                                      .bias = layer->packed_bias};
    if (layer->packed)
        return DET_OK;
    DET_TRY(det_arena_take(compute->arena, &out->taken, weights + bias,
                           sizeof *out->taken, compute->message));
    out->packed = out->taken;
    out->bias = det_mirrored(compute, layer->bias.value);
    return det_planning(compute) ? DET_OK : pack(compute, out, layer);
}

void det_layer_weights_give(struct det_compute *compute,
                            struct det_layer_weights *weights)
{
    det_arena_give(compute->arena, weights->taken);
    *weights = (struct det_layer_weights){0};
}

/* Run with weights packed for this call, where they are not already. */
static det_status run_packed(struct det_compute *compute,
                             struct det_conv_layer *view,
                             struct det_tensor *out,
                             const struct det_tensor *in,
                             const struct det_tensor *residual)
{
    struct det_layer_weights weights;
    DET_TRY(det_layer_weights_take(compute, &weights, view));
    view->packed = weights.packed;
    view->packed_bias = weights.bias;
    view->norm.scale = det_mirrored(compute, view->norm.scale);
    view->norm.shift = det_mirrored(compute, view->norm.shift);
    const struct det_layer_residual add = {.map = *residual};
    const det_status status = det_conv_layer_run(compute, view, out, in, &add);
    det_layer_weights_give(compute, &weights);
    return status;
}

/* Statistics that are kept, with those of a batch of `places`. */
static det_status update_running(struct det_compute *compute,
                                 const struct det_conv_layer *layer,
                                 const float *statistics, int64_t places)
{
    const struct det_running_statistics *running = &layer->running;
    const int32_t channels = layer->shape.out_channels;
    if (!running->mean)
        return DET_OK;
    struct det_running_update op = {
        .mean = statistics,
        .variance = statistics + channels,
        .running_mean = det_mirrored(compute, running->mean),
        .running_variance = det_mirrored(compute, running->variance),
        .channels = channels,
        .weight = running->momentum,
        .unbias =
            places > 1 ? (float)((double)places / (double)(places - 1)) : 1.0f};
    if (running->batches) { /* the first one replaces what was there, exactly */
        op.replaces = *running->batches == 0;
        op.weight = 1.0f / (float)++*running->batches;
    }
    return compute->ops->running_statistics(compute, &op);
}

/* The norm of a layer's sums. */
static struct det_batch_norm norm_of(const struct det_compute *compute,
                                     const struct layer_note *note)
{
    const struct det_conv_layer *layer = note->layer;
    return (struct det_batch_norm){
        .in = note->sum,
        .weight = det_mirrored(compute, layer->norm_weight.value),
        .bias = det_mirrored(compute, layer->norm_bias.value),
        .eps = layer->norm_eps,
        .relu = layer->relu,
        .mean = note->statistics,
        .variance = note->statistics + layer->shape.out_channels};
}

/* note->sum and note->statistics become the caller's. */
static det_status forward_batch_norm(struct det_compute *compute,
                                     struct layer_note *note,
                                     const struct det_tensor *residual)
{
    const struct det_conv_layer *layer = note->layer;
    const size_t channels = (size_t)layer->shape.out_channels;
    struct det_conv_layer bare = *layer;
    bare.norm = (struct det_conv_norm){0};
    bare.relu = false;
    const struct det_tensor none = {0};
    DET_TRY(run_packed(compute, &bare, &note->sum, &note->in, &none));
    DET_TRY(det_arena_take(compute->arena, &note->statistics, 2 * channels,
                           sizeof *note->statistics, compute->message));
    struct det_batch_norm op = norm_of(compute, note);
    op.residual = *residual;
    DET_TRY(det_batch_norm(compute, &op));
    note->out = op.out;
    if (det_idle(compute) || det_tensor_places(&op.in) == 0)
        return DET_OK;
    return update_running(compute, layer, note->statistics,
                          det_tensor_places(&op.in));
}

static det_status remake_output(struct det_compute *compute, const void *saved,
                                struct det_tensor *out)
{
    struct det_batch_norm op = norm_of(compute, saved);
    DET_TRY(det_batch_norm_again(compute, &op));
    *out = op.out;
    return DET_OK;
}

static det_status layer_backward(struct det_compute *compute,
                                 const void *saved);

/* A batch norm's output need not stay beside its input: who needs it makes it
 * again, which takes a quarter off a residual net's memory. */
static det_status record(struct det_compute *compute, struct layer_note *note,
                         struct det_tensor *out)
{
    const bool remakes = note->statistics && !note->residual.data;
    DET_TRY(det_tape_node(compute, &note->out));
    note->holds_in = note->layer->weight.gradient &&
                     !det_tape_has_recipe(compute, &note->in);
    note->holds_out = note->layer->relu && !remakes;
    if (note->holds_in)
        det_tensor_hold(compute, &note->in);
    if (note->holds_out)
        det_tensor_hold(compute, &note->out);
    if (remakes)
        DET_TRY(det_tape_set_recipe(compute, &note->out, remake_output, note,
                                    sizeof *note));
    *out = note->out;
    return det_tape_record(compute, layer_backward, note, sizeof *note);
}

det_status det_conv_layer_train(struct det_compute *compute,
                                const struct det_conv_layer *layer,
                                struct det_tensor *out,
                                const struct det_tensor *in,
                                const struct det_tensor *residual)
{
    struct layer_note note = {.layer = layer, .in = *in, .residual = *residual};
    if (uses_batch_statistics(layer)) {
        DET_TRY(forward_batch_norm(compute, &note, residual));
    } else {
        struct det_conv_layer view = *layer;
        DET_TRY(run_packed(compute, &view, &note.out, in, residual));
    }
    *out = note.out;
    if (is_trained(layer) || in->node || note.residual.node)
        return record(compute, &note, out);
    det_tensor_give(compute, &note.sum);
    det_arena_give(compute->arena, note.statistics);
    return DET_OK;
}

/* ----------------------------------------------------------------- backward */

static det_status norm_backward(struct det_compute *compute,
                                const struct layer_note *note,
                                const struct det_tensor *gradient,
                                const struct det_gradient *residual)
{
    const struct det_conv_layer *layer = note->layer;
    struct det_batch_norm_backward op = {
        .gradient = *gradient,
        .in = note->sum,
        .relu = layer->relu,
        .residual = *residual,
        .weight = det_mirrored(compute, layer->norm_weight.value),
        .bias = det_mirrored(compute, layer->norm_bias.value),
        .mean = note->statistics,
        .variance = note->statistics + layer->shape.out_channels,
        .eps = layer->norm_eps,
        .weight_gradient = det_mirrored(compute, layer->norm_weight.gradient),
        .bias_gradient = det_mirrored(compute, layer->norm_bias.gradient)};
    if (note->holds_out)
        op.out = note->out;
    return det_batch_norm_backward(compute, &op);
}

static det_status epilogue_backward(struct det_compute *compute,
                                    const struct layer_note *note,
                                    const struct det_tensor *gradient,
                                    const struct det_gradient *residual)
{
    const struct det_conv_layer *layer = note->layer;
    struct det_epilogue_backward op = {
        .gradient = *gradient,
        .residual = *residual,
        .scale = det_mirrored(compute, layer->norm.scale),
        .bias_gradient = det_mirrored(compute, layer->bias.gradient)};
    if (layer->relu)
        op.out = note->out;
    return det_epilogue_backward(compute, &op);
}

static det_status sum_backward(struct det_compute *compute,
                               const struct layer_note *note,
                               const struct det_tensor *gradient)
{
    const struct det_conv_layer *layer = note->layer;
    struct det_conv_backward op = {
        .shape = layer->shape,
        .in = note->in,
        .gradient = *gradient,
        .weight = det_mirrored(compute, layer->weight.value),
        .weight_gradient = det_mirrored(compute, layer->weight.gradient),
        .in_order = compute->in_order};
    const bool remakes = op.weight_gradient && !note->holds_in;
    if (!op.weight_gradient && !note->in.node)
        return DET_OK;
    if (remakes)
        DET_TRY(det_tape_remake(compute, &note->in, &op.in));
    DET_TRY(det_gradient_open(compute, &op.in_gradient, &note->in));
    DET_TRY(det_conv_backward(compute, layer->kind, &op));
    if (remakes)
        det_tensor_give(compute, &op.in);
    return DET_OK;
}

/* What a forward holds, its backward returns as soon as it can. */
static det_status layer_backward(struct det_compute *compute, const void *saved)
{
    struct layer_note note = *(const struct layer_note *)saved;
    const struct det_conv_layer *layer = note.layer;
    struct det_tensor gradient = det_gradient_take(compute, &note.out);
    struct det_gradient residual = {.add = false};
    if (gradient.data) {
        DET_TRY(det_gradient_open(compute, &residual, &note.residual));
        DET_TRY(
            (uses_batch_statistics(layer) ? norm_backward : epilogue_backward)(
                compute, &note, &gradient, &residual));
    }
    if (note.holds_out)
        det_tensor_give(compute, &note.out);
    det_tensor_give(compute, &note.sum);
    det_arena_give(compute->arena, note.statistics);
    if (gradient.data) {
        DET_TRY(det_tensor_round(compute, &gradient)); /* a predictor's */
        DET_TRY(sum_backward(compute, &note, &gradient));
    }
    det_tensor_give(compute, &gradient);
    if (note.holds_in)
        det_tensor_give(compute, &note.in);
    return DET_OK;
}
