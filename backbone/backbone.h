/* SPDX-License-Identifier: MIT */
/*
 * Image -> shared feature maps.  Four forms:
 *   C4   conv1..conv4_x, one map of stride 16; conv5_x is left to the RoIs
 *   DC5  conv1..conv5_x, conv5_x dilated, one map of stride 16
 *   FPN  P2..P6, strides 4..64
 *   VGG16  conv5_3, one map of stride 16; no ResNet
 */
#ifndef BACKBONE_BACKBONE_H
#define BACKBONE_BACKBONE_H

#include "backbone/fpn.h"
#include "backbone/resnet.h"
#include "backbone/vgg.h"

enum det_backbone_kind {
    DET_BACKBONE_C4,
    DET_BACKBONE_DC5,
    DET_BACKBONE_FPN,
    DET_BACKBONE_VGG16
};

struct det_backbone_config {
    enum det_backbone_kind kind;
    struct det_resnet_config resnet;
    int32_t fpn_channels; /* of every level */
    bool fpn_norm;        /* see det_fpn_config */
    struct det_vgg_config vgg;
};

struct det_backbone {
    enum det_backbone_kind kind;
    struct det_resnet resnet;
    struct det_fpn fpn;
    struct det_vgg vgg; /* instead of both */
};

struct det_feature_maps {
    int count;
    struct det_tensor maps[DET_MAX_LEVELS]; /* [1, H/stride, W/stride, C] */
    int32_t strides[DET_MAX_LEVELS];        /* image pixels per place */
};

det_status det_backbone_init(struct det_backbone *backbone,
                             const struct det_backbone_config *config,
                             struct det_message *message);
void det_backbone_destroy(struct det_backbone *backbone);

/* Channels of every map that det_backbone_forward makes. */
int32_t det_backbone_out_channels(const struct det_backbone *backbone);

/* Names: <prefix>body.conv1 ..., or VGG's, <prefix>fpn....; conv5_x of C4 is
 * visited by who uses it. */
det_status det_backbone_visit_layers(struct det_backbone *backbone,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor);

/* `image`, [1, H, W, 3], goes back to the arena.  The maps belong to the
 * caller: det_feature_maps_give. */
det_status det_backbone_forward(struct det_compute *compute,
                                const struct det_backbone *backbone,
                                struct det_feature_maps *out,
                                struct det_tensor *image);

void det_feature_maps_give(struct det_compute *compute,
                           struct det_feature_maps *features);

#endif
