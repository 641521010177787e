/* SPDX-License-Identifier: MIT */
/* The proposal network's head (Ren et al. 2015, section 3.1): 3x3 convolution,
 * then objectness and box deltas for A anchors at every place.  The same
 * weights serve every level. */
#ifndef RPN_RPN_HEAD_H
#define RPN_RPN_HEAD_H

#include "compute/conv_layer.h"

enum { DET_RPN_MAX_CONVS = 2 };

struct det_rpn_head {
    int num_convs; /* 1; torchvision v2: 2 */
    struct det_conv_layer convs[DET_RPN_MAX_CONVS];
    struct det_conv_layer objectness; /* [A] */
    struct det_conv_layer deltas;     /* [4 A] */
};

struct det_rpn_head_config {
    int32_t in_channels;
    int32_t channels;    /* of its convolutions; 0: in_channels */
    int32_t num_anchors; /* A; of an RPN of each class as many for
                            each of them */
    int num_convs;
};

void det_rpn_head_init(struct det_rpn_head *head,
                       const struct det_rpn_head_config *config);

/* Names: <prefix>conv.<i>.0, cls_logits, bbox_pred. */
det_status det_rpn_head_visit_layers(struct det_rpn_head *head,
                                     const char *prefix,
                                     const struct det_layer_visitor *visitor);

/* What the head says of one level. */
struct det_rpn_output {
    struct det_tensor logits; /* [1, H, W, A], before the sigmoid */
    struct det_tensor deltas; /* [1, H, W, 4 A]: dx, dy, dw, dh per anchor */
};

/* Both tensors are the caller's. */
det_status det_rpn_head_forward(struct det_compute *compute,
                                const struct det_rpn_head *head,
                                struct det_rpn_output *out,
                                const struct det_tensor *map);

void det_rpn_output_give(struct det_compute *compute,
                         struct det_rpn_output *output);

#endif
