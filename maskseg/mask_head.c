/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_head.h"

#include <stdio.h>

#include "compute/select_channel.h"

void det_mask_head_init(struct det_mask_head *head,
                        const struct det_mask_head_config *config)
{
    *head = (struct det_mask_head){.num_convs = config->num_convs};
    int32_t channels = config->in_channels;
    for (int i = 0; i < head->num_convs; i++) {
        det_conv_layer_init(
            &head->convs[i],
            &(struct det_conv_config){.in_channels = channels,
                                      .out_channels = config->channels,
                                      .kernel = 3,
                                      .pad = 1,
                                      .bias = !config->norm,
                                      .norm = config->norm,
                                      .norm_eps = config->norm_eps,
                                      .relu = true});
        channels = config->channels;
    }
    det_conv_layer_init(&head->deconv, &(struct det_conv_config){
                                           .kind = DET_CONV_TRANSPOSED,
                                           .in_channels = channels,
                                           .out_channels = config->channels,
                                           .kernel = 2,
                                           .stride = 2,
                                           .bias = true,
                                           .relu = true});
    det_conv_layer_init(
        &head->predictor,
        &(struct det_conv_config){.in_channels = config->channels,
                                  .out_channels = config->num_classes,
                                  .bias = true,
                                  .predicts = true});
}

det_status det_mask_head_visit_layers(struct det_mask_head *head,
                                      const char *prefix,
                                      const struct det_layer_visitor *visitor)
{
    for (int i = 0; i < head->num_convs; i++) {
        char name[DET_NAME_SIZE];
        snprintf(name, sizeof name, "%smask_head.%d.", prefix, i);
        DET_TRY(det_visit_layer(visitor, &head->convs[i], name, "0", "1"));
    }
    DET_TRY(det_visit_layer(visitor, &head->deconv, prefix,
                            "mask_predictor.conv5_mask", NULL));
    return det_visit_layer(visitor, &head->predictor, prefix,
                           "mask_predictor.mask_fcn_logits", NULL);
}

det_status det_mask_head_forward(struct det_compute *compute,
                                 const struct det_mask_head *head,
                                 struct det_tensor *out,
                                 struct det_tensor *features,
                                 const int32_t *channels)
{
    struct det_tensor x = *features, y;
    for (int i = 0; i < head->num_convs; i++) {
        DET_TRY(det_conv_layer_forward_take(compute, &head->convs[i], &y, &x));
        x = y;
    }
    DET_TRY(det_conv_layer_forward_take(compute, &head->deconv, &y, &x));
    DET_TRY(det_select_channel(compute, &head->predictor, out, &y, channels));
    det_tensor_give(compute, &y);
    *features = (struct det_tensor){0};
    return DET_OK;
}
