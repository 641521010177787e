/* SPDX-License-Identifier: MIT */
/* Feature pyramid (Lin et al. 2017): C2..C5 -> P2..P6, all of one number of
 * channels. */
#ifndef BACKBONE_FPN_H
#define BACKBONE_FPN_H

#include "compute/conv_layer.h"

enum { DET_FPN_INPUTS = 4, DET_FPN_OUTPUTS = 5 };

struct det_fpn {
    struct det_conv_layer lateral[DET_FPN_INPUTS]; /* 1x1 */
    struct det_conv_layer output[DET_FPN_INPUTS];  /* 3x3 */
};

struct det_fpn_config {
    int32_t in_channels[DET_FPN_INPUTS];
    int32_t out_channels; /* 256 */
    bool norm;            /* batch norm in place of biases (torchvision v2) */
    float norm_eps;
};

void det_fpn_init(struct det_fpn *fpn, const struct det_fpn_config *config);

/* Names: <prefix>inner_blocks.<i>.0 / .1, <prefix>layer_blocks.<i>.0 / .1. */
det_status det_fpn_visit_layers(struct det_fpn *fpn, const char *prefix,
                                const struct det_layer_visitor *visitor);

/* `maps` holds C2..C5 and becomes P2..P6; P6 is every second place of P5. */
det_status det_fpn_forward(struct det_compute *compute,
                           const struct det_fpn *fpn,
                           struct det_tensor maps[DET_FPN_OUTPUTS]);

#endif
