/* SPDX-License-Identifier: MIT */
#include "rpn/rpn_head.h"

#include <stdio.h>

void det_rpn_head_init(struct det_rpn_head *head,
                       const struct det_rpn_head_config *config)
{
    const int32_t channels =
        config->channels ? config->channels : config->in_channels;
    head->num_convs = config->num_convs;
    for (int i = 0; i < head->num_convs; i++)
        det_conv_layer_init(
            &head->convs[i],
            &(struct det_conv_config){.in_channels =
                                          i ? channels : config->in_channels,
                                      .out_channels = channels,
                                      .kernel = 3,
                                      .pad = 1,
                                      .bias = true,
                                      .relu = true});
    struct det_conv_config predictor = {.in_channels = channels,
                                        .out_channels = config->num_anchors,
                                        .bias = true,
                                        .predicts = true};
    det_conv_layer_init(&head->objectness, &predictor);
    predictor.out_channels = 4 * config->num_anchors;
    det_conv_layer_init(&head->deltas, &predictor);
}

det_status det_rpn_head_visit_layers(struct det_rpn_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor)
{
    for (int i = 0; i < head->num_convs; i++) {
        char conv[DET_NAME_SIZE];
        snprintf(conv, sizeof conv, "conv.%d.0", i);
        DET_TRY(det_visit_layer(visitor, &head->convs[i], prefix, conv, NULL));
    }
    DET_TRY(det_visit_layer(visitor, &head->objectness, prefix, "cls_logits",
                            NULL));
    return det_visit_layer(visitor, &head->deltas, prefix, "bbox_pred", NULL);
}

det_status det_rpn_head_forward(struct det_compute *compute,
                                const struct det_rpn_head *head,
                                struct det_rpn_output *out,
                                const struct det_tensor *map)
{
    struct det_tensor x, y;
    DET_TRY(det_conv_layer_forward(compute, &head->convs[0], &x, map, NULL));
    for (int i = 1; i < head->num_convs; i++) {
        DET_TRY(det_conv_layer_forward_take(compute, &head->convs[i], &y, &x));
        x = y;
    }
    DET_TRY(det_conv_layer_forward(compute, &head->objectness, &out->logits, &x,
                                   NULL));
    return det_conv_layer_forward_take(compute, &head->deltas, &out->deltas,
                                       &x);
}

void det_rpn_output_give(struct det_compute *compute,
                         struct det_rpn_output *output)
{
    det_tensor_give(compute, &output->logits);
    det_tensor_give(compute, &output->deltas);
}
