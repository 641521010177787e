/* SPDX-License-Identifier: MIT */
/*
 * Pooled RoI features -> one mask per RoI, of the label it was given (He et
 * al. 2017, "Mask R-CNN", figure 4): `num_convs` 3x3 convolutions (4 for FPN
 * and DC5, 0 for C4 after conv5_x), a 2x2 transposed convolution, and a 1x1
 * predictor of which only the label's channel is computed.
 */
#ifndef MASKSEG_MASK_HEAD_H
#define MASKSEG_MASK_HEAD_H

#include "compute/conv_layer.h"

enum { DET_MASK_MAX_CONVS = 4 };

struct det_mask_head {
    int num_convs;
    struct det_conv_layer convs[DET_MASK_MAX_CONVS];
    struct det_conv_layer deconv;    /* torchvision: mask_predictor */
    struct det_conv_layer predictor; /* 1x1, [mask classes] */
};

struct det_mask_head_config {
    int32_t in_channels;
    int32_t channels; /* of every layer but the last: 256 */
    int num_convs;
    bool norm; /* batch norm in the convolutions (torchvision v2) */
    float norm_eps;
    int32_t num_classes;
};

void det_mask_head_init(struct det_mask_head *head,
                        const struct det_mask_head_config *config);

/* Names: <prefix>mask_head.<i>.0/.1, <prefix>mask_predictor.conv5_mask,
 * <prefix>mask_predictor.mask_fcn_logits. */
det_status det_mask_head_visit_layers(struct det_mask_head *head,
                                      const char *prefix,
                                      const struct det_layer_visitor *visitor);

/* [R, P, P, C] -> [R, 2P, 2P, 1], logits of the mask of class channels[r] (see
 * det_select_channel).  `features` goes back to the arena. */
det_status det_mask_head_forward(struct det_compute *compute,
                                 const struct det_mask_head *head,
                                 struct det_tensor *out,
                                 struct det_tensor *features,
                                 const int32_t *channels);

#endif
