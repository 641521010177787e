/* SPDX-License-Identifier: MIT */
#include "compute/select_channel.h"

#include "compute/conv_layer_train.h"
#include "compute/layer_watch.h"
#include "compute/mirror.h"
#include "compute/tape.h"

struct select_note {
    const struct det_conv_layer *layer;
    struct det_tensor in, out;
    const int32_t *channel;
};

static det_status select_backward(struct det_compute *compute,
                                  const void *saved)
{
    struct select_note note = *(const struct select_note *)saved;
    const struct det_conv_layer *layer = note.layer;
    struct det_select_channel_backward op = {
        .in = note.in,
        .gradient = det_gradient_take(compute, &note.out),
        .weight = det_mirrored(compute, layer->weight.value),
        .channel = note.channel,
        .num_channels = layer->shape.out_channels,
        .weight_gradient = det_mirrored(compute, layer->weight.gradient),
        .bias_gradient = det_mirrored(compute, layer->bias.gradient)};
    if (op.gradient.data) {
        DET_TRY(det_gradient_open(compute, &op.in_gradient, &note.in));
        if (!det_idle(compute))
            DET_TRY(compute->ops->select_channel_backward(compute, &op));
    }
    det_tensor_give(compute, &op.gradient);
    det_tensor_give(compute, &note.in);
    det_arena_give(det_host_arena(compute), note.channel);
    return DET_OK;
}

static det_status record(struct det_compute *compute, struct select_note *note)
{
    DET_TRY(det_tape_node(compute, &note->out));
    det_tensor_hold(compute, &note->in);
    det_arena_hold(det_host_arena(compute), note->channel);
    return det_tape_record(compute, select_backward, note, sizeof *note);
}

static det_status run(struct det_compute *compute,
                      const struct det_conv_layer *layer,
                      const struct det_select_channel *op)
{
    const double flops = 2.0 * (double)det_tensor_count(&op->in);
    struct det_layer_call call = {.layer = layer,
                                  .in = op->in,
                                  .out = op->out,
                                  .way = {"select", flops},
                                  .flops = flops};
    compute->flops += flops;
    if (!det_layer_watched(compute, &op->in))
        return compute->ops->select_channel(compute, op);
    DET_TRY(det_layer_watch_begin(compute, &call));
    DET_TRY(compute->ops->select_channel(compute, op));
    return det_layer_watch_end(compute, &call);
}

det_status det_select_channel(struct det_compute *compute,
                              const struct det_conv_layer *layer,
                              struct det_tensor *out,
                              const struct det_tensor *in,
                              const int32_t *channel)
{
    struct det_layer_weights weights;
    struct select_note note = {.layer = layer, .in = *in, .channel = channel};
    DET_TRY(det_layer_weights_take(compute, &weights, layer));
    struct det_select_channel op = {.in = *in,
                                    .packed = weights.packed,
                                    .bias = weights.bias,
                                    .num_channels = layer->shape.out_channels,
                                    .channel = channel};
    const struct det_tensor like = {.n = in->n, .capacity = in->capacity};
    DET_TRY(det_tensor_take_like(compute, &op.out, &like, in->h, in->w, 1));
    if (!det_idle(compute) && in->n > 0)
        DET_TRY(run(compute, layer, &op));
    det_layer_weights_give(compute, &weights);
    note.out = op.out;
    if (compute->tape && (layer->weight.gradient || in->node))
        DET_TRY(record(compute, &note));
    *out = note.out;
    return DET_OK;
}
