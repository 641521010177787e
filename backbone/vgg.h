/* SPDX-License-Identifier: MIT */
/*
 * VGG-16 (Simonyan and Zisserman 2014, table 1, column D) as Caffe runs it:
 * five blocks of 3x3 convolutions with ReLU, and between them 2x2 max-pools of
 * stride 2 that round up.  A detector takes conv5_3, of stride 16.  A
 * classifier goes on with pool5 and with fc6 and fc7 as convolutions, which
 * look at every place of a larger image (section 3.2).
 */
#ifndef BACKBONE_VGG_H
#define BACKBONE_VGG_H

#include "compute/conv_layer.h"

enum { DET_VGG_BLOCKS = 5, DET_VGG_BLOCK_CONVS = 3 };

struct det_vgg_config {
    int32_t channels;    /* of block 1, 64; the others have 2, 4, 8 and 8 times
                            as many */
    int32_t fc_channels; /* 4096; 0: a detector's, without fc6 and fc7 */
};

struct det_vgg {
    int num_convs[DET_VGG_BLOCKS];
    struct det_conv_layer convs[DET_VGG_BLOCKS][DET_VGG_BLOCK_CONVS];
    bool has_fcs;
    struct det_conv_layer fc6, fc7; /* 7x7 and 1x1 */
};

void det_vgg_init(struct det_vgg *vgg, const struct det_vgg_config *config);

/* Channels of what det_vgg_forward makes. */
int32_t det_vgg_out_channels(const struct det_vgg *vgg);

/* Names: <prefix>conv1_1 ... conv5_3, and <prefix>fc6, fc7. */
det_status det_vgg_visit_layers(struct det_vgg *vgg, const char *prefix,
                                const struct det_layer_visitor *visitor);

/* [N, H, W, 3] -> [N, H/16, W/16, C], rounded up; with fc6 and fc7
 * [N, H/32 - 6, W/32 - 6, K], DET_ERROR_ARGUMENT when that leaves nothing.
 * `in` goes back to the arena. */
det_status det_vgg_forward(struct det_compute *compute,
                           const struct det_vgg *vgg, struct det_tensor *out,
                           struct det_tensor *in);

#endif
