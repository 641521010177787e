/* SPDX-License-Identifier: MIT */
/* The residual block (He et al. 2015, "Deep Residual Learning", section 3 and
 * figure 5): relu(F(x) + shortcut(x)). */
#ifndef BACKBONE_RESIDUAL_BLOCK_H
#define BACKBONE_RESIDUAL_BLOCK_H

#include "compute/conv_layer.h"

enum { DET_BLOCK_MAX_CONVS = 3 };

/* What is added to F(x). */
enum det_shortcut {
    DET_SHORTCUT_IDENTITY,   /* x */
    DET_SHORTCUT_PROJECTION, /* a 1x1 convolution */
    DET_SHORTCUT_SUBSAMPLE,  /* every stride-th place, zeros as new channels */
    DET_SHORTCUT_NONE        /* a plain net: relu(F(x)) */
};

/* Where shapes differ, and where they do not (section 3.3). */
enum det_shortcut_option {
    DET_SHORTCUTS_B, /* projection, identity; everybody's */
    DET_SHORTCUTS_A, /* subsample, identity; CIFAR's, without parameters */
    DET_SHORTCUTS_C, /* projections everywhere */
    DET_SHORTCUTS_PLAIN
};

struct det_residual_block {
    int num_convs; /* 2: basic (3x3, 3x3); 3: bottleneck (1x1, 3x3, 1x1) */
    struct det_conv_layer convs[DET_BLOCK_MAX_CONVS];
    enum det_shortcut shortcut;
    struct det_conv_layer projection;
    int32_t stride, out_channels; /* of the block */
};

struct det_residual_block_config {
    bool bottleneck;
    int32_t in_channels;
    int32_t width; /* channels of the 3x3 */
    int32_t out_channels;
    int32_t stride;
    int32_t dilation;   /* of the 3x3 */
    int32_t groups;     /* of the 3x3 (ResNeXt) */
    bool stride_in_1x1; /* MSRA and Caffe2; else in the 3x3 (torchvision) */
    enum det_shortcut_option shortcuts;
    float norm_eps;
};

void det_residual_block_init(struct det_residual_block *block,
                             const struct det_residual_block_config *config);

/* Names: <prefix>conv1/bn1 ..., <prefix>downsample.0/downsample.1. */
det_status
det_residual_block_visit_layers(struct det_residual_block *block,
                                const char *prefix,
                                const struct det_layer_visitor *visitor);

/* Whether it begins with 1x1 convolutions alone, those of conv1 and of the
 * shortcut, which may come before RoIs are pooled. */
bool det_residual_block_begins_1x1(const struct det_residual_block *block);

/* [N, H, W, C] -> [N, H/stride, W/stride, K]; `in` stays the caller's. */
det_status det_residual_block_forward(struct det_compute *compute,
                                      const struct det_residual_block *block,
                                      struct det_tensor *out,
                                      const struct det_tensor *in);

/* The same, returning `in` to the arena. */
det_status
det_residual_block_forward_take(struct det_compute *compute,
                                const struct det_residual_block *block,
                                struct det_tensor *out, struct det_tensor *in);

/* Its convolutions between the first and the last; `x` becomes their output. */
det_status det_residual_block_middle(struct det_compute *compute,
                                     const struct det_residual_block *block,
                                     struct det_tensor *x);

/* The last of them, of what they made and the shortcut; both go back to the
 * arena. */
det_status det_residual_block_end(struct det_compute *compute,
                                  const struct det_residual_block *block,
                                  struct det_tensor *out, struct det_tensor *x,
                                  struct det_tensor *shortcut);

#endif
