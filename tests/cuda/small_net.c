/* SPDX-License-Identifier: MIT */
#include "tests/cuda/small_net.h"

enum {
    SIDE = SMALL_NET_SIDE,
    IN = SMALL_NET_IN,
    OUT = SMALL_NET_OUT,
    PHOTO = SIDE * SIDE * IN
};

det_status small_net_run(struct det_compute *compute, void *user)
{
    struct small_net *net = user;
    struct det_tensor in, out, view;
    DET_TRY(det_host_tensor_take(compute, &in, 1, SIDE, SIDE, IN));
    for (int i = 0; !det_planning(compute) && i < PHOTO; i++)
        in.data[i] = i == 0 ? net->first : 1.0f;
    DET_TRY(det_tensor_move_to_device(compute, &in));
    DET_TRY(det_conv_layer_forward(compute, &net->layer, &out, &in, NULL));
    det_tensor_give(compute, &in);
    DET_TRY(det_host_view_take(compute, &view, &out));
    DET_TRY(det_wait(compute));
    net->sum = 0.0f;
    for (int i = 0; !det_planning(compute) && i < det_tensor_count(&view); i++)
        net->sum += view.data[i];
    det_host_view_give(compute, &view);
    det_tensor_give(compute, &out);
    return DET_OK;
}

det_status small_net_prepare(struct small_net *net, struct det_engine *engine)
{
    const struct det_conv_config config = {.in_channels = IN,
                                           .out_channels = OUT,
                                           .kernel = 3,
                                           .pad = 1,
                                           .bias = true,
                                           .relu = true};
    const struct det_ops *ops = engine->compute.ops;
    det_conv_layer_init(&net->layer, &config);
    for (int i = 0; i < OUT * IN * 9; i++)
        net->weight[i] = (float)(i % 5 - 2);
    for (int k = 0; k < OUT; k++)
        net->bias[k] = (float)k;
    net->first = 1.0f;
    net->layer.weight.value = net->weight;
    net->layer.bias.value = net->bias;
    DET_TRY(ops->allocate(
        &net->prepared,
        det_conv_layer_prepared_count(&net->layer, &engine->compute) *
            sizeof(float),
        engine->compute.message));
    return det_conv_layer_prepare(&engine->compute, &net->layer, net->prepared);
}

void small_net_release(struct small_net *net, const struct det_engine *engine)
{
    if (engine->compute.ops)
        engine->compute.ops->release(net->prepared);
    net->prepared = NULL;
}
