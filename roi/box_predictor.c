/* SPDX-License-Identifier: MIT */
#include "roi/box_predictor.h"

void det_box_predictor_init(struct det_box_predictor *predictor,
                            const struct det_box_predictor_config *config)
{
    struct det_conv_config linear = {.kind = DET_CONV_LINEAR,
                                     .in_channels = config->in_channels,
                                     .out_channels = config->num_scores,
                                     .bias = true,
                                     .predicts = true};
    det_conv_layer_init(&predictor->scores, &linear);
    linear.out_channels = 4 * config->num_delta_classes;
    det_conv_layer_init(&predictor->deltas, &linear);
}

det_status
det_box_predictor_visit_layers(struct det_box_predictor *predictor,
                               const char *prefix,
                               const struct det_layer_visitor *visitor)
{
    DET_TRY(det_visit_layer(visitor, &predictor->scores, prefix, "cls_score",
                            NULL));
    return det_visit_layer(visitor, &predictor->deltas, prefix, "bbox_pred",
                           NULL);
}

det_status det_box_predictor_forward(struct det_compute *compute,
                                     const struct det_box_predictor *predictor,
                                     struct det_tensor *logits,
                                     struct det_tensor *deltas,
                                     struct det_tensor *in)
{
    DET_TRY(
        det_conv_layer_forward(compute, &predictor->scores, logits, in, NULL));
    return det_conv_layer_forward_take(compute, &predictor->deltas, deltas, in);
}
