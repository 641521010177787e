/* SPDX-License-Identifier: MIT */
/* The sibling linear layers of Fast R-CNN (Girshick 2015, section 2.1): class
 * logits, and box deltas for every class. */
#ifndef ROI_BOX_PREDICTOR_H
#define ROI_BOX_PREDICTOR_H

#include "compute/conv_layer.h"

struct det_box_predictor {
    struct det_conv_layer scores; /* [K], background among them */
    struct det_conv_layer deltas; /* [4 * delta classes] */
};

struct det_box_predictor_config {
    int32_t in_channels;
    int32_t num_scores;        /* classes and background */
    int32_t num_delta_classes; /* with or without background, or 1 */
};

void det_box_predictor_init(struct det_box_predictor *predictor,
                            const struct det_box_predictor_config *config);

/* Names: <prefix>cls_score, <prefix>bbox_pred. */
det_status
det_box_predictor_visit_layers(struct det_box_predictor *predictor,
                               const char *prefix,
                               const struct det_layer_visitor *visitor);

/* logits [R, 1, 1, K], before the softmax; deltas [R, 1, 1, 4 D].
 * `in` goes back to the arena. */
det_status det_box_predictor_forward(struct det_compute *compute,
                                     const struct det_box_predictor *predictor,
                                     struct det_tensor *logits,
                                     struct det_tensor *deltas,
                                     struct det_tensor *in);

#endif
