/* SPDX-License-Identifier: MIT */
/*
 * Pooled RoI features -> one vector per RoI:
 *   conv5     spatial mean of conv5_x, which the caller has run (C4)
 *   2-fc      two linear layers (FPN, DC5)
 *   4conv1fc  four 3x3 convolutions with norm, one linear layer (v2)
 */
#ifndef ROI_BOX_HEAD_H
#define ROI_BOX_HEAD_H

#include "compute/conv_layer.h"

enum det_box_head_kind {
    DET_BOX_HEAD_CONV5,
    DET_BOX_HEAD_2FC,
    DET_BOX_HEAD_4CONV1FC
};

enum { DET_BOX_HEAD_CONVS = 4, DET_BOX_HEAD_FCS = 2 };

struct det_box_head {
    enum det_box_head_kind kind;
    int num_convs, num_fcs;
    int32_t out_channels;
    struct det_conv_layer convs[DET_BOX_HEAD_CONVS];
    struct det_conv_layer fcs[DET_BOX_HEAD_FCS];
};

struct det_box_head_config {
    enum det_box_head_kind kind;
    int32_t in_channels;
    int32_t side;        /* P of the pooled features */
    int32_t fc_channels; /* of a linear layer: 1024 */
    float norm_eps;      /* of 4conv1fc */
};

void det_box_head_init(struct det_box_head *head,
                       const struct det_box_head_config *config);

/* Names: <prefix>fc6, fc7; or <prefix><i>.0/.1 and <prefix>5. */
det_status det_box_head_visit_layers(struct det_box_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor);

/* [R, P, P, C] -> [R, 1, 1, out_channels]; `features` goes back to the
 * arena. */
det_status det_box_head_forward(struct det_compute *compute,
                                const struct det_box_head *head,
                                struct det_tensor *out,
                                struct det_tensor *features);

#endif
