/* SPDX-License-Identifier: MIT */
/* Architectures: which network a model file holds, one row each. */
#ifndef DETECTOR_ARCHITECTURE_H
#define DETECTOR_ARCHITECTURE_H

#include "backbone/backbone.h"
#include "detect/detect.h"
#include "roi/box_head.h"

struct det_architecture {
    const char *name;
    const char *preset;       /* the one its published weights go with */
    enum det_model_kind kind; /* others than a detector see squares at stride
                                 32: a classifier ends in its last layer, a
                                 localizer in an RPN of each class, a rescorer
                                 in scores and deltas of each class */
    bool masks;
    bool cascade; /* MNC (maskseg/mnc_head.h) in place of box and mask head */

    enum det_backbone_kind backbone;
    int32_t depth; /* layers; ResNets: a row of det_resnet_table */
    int32_t groups, width_per_group, stem_channels;
    bool stride_in_1x1;
    enum det_shortcut_option shortcuts;
    float norm_eps;

    bool norm_in_heads; /* torchvision v2: FPN, box and mask head */
    int32_t fpn_channels;
    int32_t smallest_anchor; /* pixels; each of five sizes is twice the last */
    bool anchors_of_file;    /* the largest so many of these sizes as the RPN's
                                rows say; Caffe: 3 for VOC, 4 for COCO */
    int32_t rpn_convs;
    int32_t rpn_channels; /* 0: as many as the map */
    enum det_box_head_kind box_head;
    int32_t box_channels; /* of its linear layers, VGG's fc6 and fc7 */
    int32_t mask_convs;
    int32_t mask_channels; /* MNC: of fc6_maskest */

    /* 0: the preset's */
    int32_t min_size, max_size;
    int32_t crop_size;       /* of others than a detector */
    const float *mean, *std; /* [3] or NULL */
};

static inline bool
det_architecture_detects(const struct det_architecture *architecture)
{
    return architecture->kind == DET_MODEL_DETECTOR;
}

/* The architecture of a name, or NULL. */
const struct det_architecture *det_architecture_find(const char *name);

/* In table order; NULL past the last. */
const struct det_architecture *det_architecture_at(size_t index);

#endif
