/* SPDX-License-Identifier: MIT */
/*
 * ResNet-18 to -152 and ResNeXt (He et al. 2015, table 1; Xie et al. 2017),
 * as stem (conv1 and max-pool) and stages conv2_x ... conv5_x, here stages 0
 * to 3 and torch's layer1 to layer4; and CIFAR-10's 6n+2 nets (section 4.2)
 * with a 3x3 stem, no pooling and three stages.
 */
#ifndef BACKBONE_RESNET_H
#define BACKBONE_RESNET_H

#include "backbone/residual_block.h"
#include "compute/pool.h"

enum { DET_RESNET_STAGES = 4, DET_RESNET_CONV5 = 3 };

/* The 3x3 max-pool of stride 2 behind conv1: with the same sides its windows
 * begin one place earlier or not. */
enum det_stem_pool {
    DET_STEM_POOL_PADDED, /* pad 1, floor (torch, Detectron) */
    DET_STEM_POOL_CEIL    /* no pad, ceil (Caffe, MSRA's prototxt) */
};

struct det_resnet_config {
    int32_t depth;           /* a row of det_resnet_table */
    int32_t groups;          /* 1; 32 for ResNeXt-101 32x8d */
    int32_t width_per_group; /* 64; 8 for ResNeXt-101 32x8d */
    int32_t stem_channels;   /* of conv1, 64; the stages have 1, 2, 4 and 8
                                times as many; CIFAR's: 16 whatever is here */
    bool stride_in_1x1;      /* see det_residual_block_config */
    enum det_stem_pool stem_pool;
    bool dilated_conv5; /* DC5: no stride but dilation 2 in conv5_x */
    enum det_shortcut_option shortcuts;
    float norm_eps;
};

/* One depth: blocks in each stage. */
struct det_resnet_row {
    int32_t depth;
    bool bottleneck;
    int32_t blocks[DET_RESNET_STAGES];
    bool cifar; /* 16, 32, 64 channels for images of 32 x 32 */
};

/* The row of a depth, or NULL when there is none. */
const struct det_resnet_row *det_resnet_find(int32_t depth);

struct det_resnet_stage {
    struct det_residual_block *blocks;
    int32_t num_blocks;
    int32_t out_channels;
};

struct det_resnet {
    struct det_conv_layer conv1; /* 7x7, stride 2; CIFAR: 3x3 */
    bool pools;                  /* behind it */
    enum det_stem_pool pool;
    int num_stages;
    struct det_resnet_stage stages[DET_RESNET_STAGES];
};

/* DET_ERROR_ARGUMENT for an unknown depth. */
det_status det_resnet_init(struct det_resnet *resnet,
                           const struct det_resnet_config *config,
                           struct det_message *message);
void det_resnet_destroy(struct det_resnet *resnet);

/* Names: <prefix>conv1, bn1. */
det_status det_resnet_visit_stem(struct det_resnet *resnet, const char *prefix,
                                 const struct det_layer_visitor *visitor);
/* Names: <prefix>layer<index + 1>.<block>.conv1 ... */
det_status det_resnet_visit_stage(struct det_resnet *resnet, int index,
                                  const char *prefix,
                                  const struct det_layer_visitor *visitor);

/* conv1 and max-pool: [N, H, W, 3] -> [N, H/4, W/4, stem], CIFAR [N, H, W, 16];
 * `in` goes back to the arena. */
det_status det_resnet_stem_forward(struct det_compute *compute,
                                   const struct det_resnet *resnet,
                                   struct det_tensor *out,
                                   struct det_tensor *in);

/* All blocks of one stage; `in` stays the caller's. */
det_status det_resnet_stage_forward(struct det_compute *compute,
                                    const struct det_resnet_stage *stage,
                                    struct det_tensor *out,
                                    const struct det_tensor *in);

/* The same, returning `in` to the arena. */
det_status det_resnet_stage_forward_take(struct det_compute *compute,
                                         const struct det_resnet_stage *stage,
                                         struct det_tensor *out,
                                         struct det_tensor *in);

/* What is left behind the middle of the first block (det_residual_block_middle)
 * and its shortcut; both go back to the arena. */
det_status det_resnet_stage_finish(struct det_compute *compute,
                                   const struct det_resnet_stage *stage,
                                   struct det_tensor *out,
                                   struct det_tensor *middle,
                                   struct det_tensor *shortcut);

#endif
