/* SPDX-License-Identifier: MIT */
#include "backbone/residual_block.h"

#include "compute/subsample.h"

static void init_conv(struct det_conv_layer *layer,
                      const struct det_residual_block_config *config,
                      struct det_conv_config conv)
{
    conv.norm = true;
    conv.norm_eps = config->norm_eps;
    det_conv_layer_init(layer, &conv);
}

static void init_bottleneck(struct det_residual_block *block,
                            const struct det_residual_block_config *c)
{
    block->num_convs = 3;
    init_conv(
        &block->convs[0], c,
        (struct det_conv_config){.in_channels = c->in_channels,
                                 .out_channels = c->width,
                                 .stride = c->stride_in_1x1 ? c->stride : 1,
                                 .relu = true});
    init_conv(
        &block->convs[1], c,
        (struct det_conv_config){.in_channels = c->width,
                                 .out_channels = c->width,
                                 .kernel = 3,
                                 .pad = c->dilation,
                                 .dilation = c->dilation,
                                 .groups = c->groups,
                                 .stride = c->stride_in_1x1 ? 1 : c->stride,
                                 .relu = true});
    init_conv(&block->convs[2], c,
              (struct det_conv_config){.in_channels = c->width,
                                       .out_channels = c->out_channels,
                                       .relu = true});
}

static void init_basic(struct det_residual_block *block,
                       const struct det_residual_block_config *c)
{
    block->num_convs = 2;
    init_conv(&block->convs[0], c,
              (struct det_conv_config){.in_channels = c->in_channels,
                                       .out_channels = c->width,
                                       .kernel = 3,
                                       .pad = 1,
                                       .stride = c->stride,
                                       .relu = true});
    init_conv(&block->convs[1], c,
              (struct det_conv_config){.in_channels = c->width,
                                       .out_channels = c->out_channels,
                                       .kernel = 3,
                                       .pad = c->dilation,
                                       .dilation = c->dilation,
                                       .relu = true});
}

static enum det_shortcut
choose_shortcut(const struct det_residual_block_config *c)
{
    const bool same = c->stride == 1 && c->in_channels == c->out_channels;
    switch (c->shortcuts) {
    case DET_SHORTCUTS_PLAIN:
        return DET_SHORTCUT_NONE;
    case DET_SHORTCUTS_C:
        return DET_SHORTCUT_PROJECTION;
    case DET_SHORTCUTS_A:
        return same ? DET_SHORTCUT_IDENTITY : DET_SHORTCUT_SUBSAMPLE;
    case DET_SHORTCUTS_B:
        break;
    }
    return same ? DET_SHORTCUT_IDENTITY : DET_SHORTCUT_PROJECTION;
}

void det_residual_block_init(struct det_residual_block *block,
                             const struct det_residual_block_config *config)
{
    *block = (struct det_residual_block){.shortcut = choose_shortcut(config),
                                         .stride = config->stride,
                                         .out_channels = config->out_channels};
    if (config->bottleneck)
        init_bottleneck(block, config);
    else
        init_basic(block, config);
    if (block->shortcut == DET_SHORTCUT_PROJECTION)
        init_conv(&block->projection, config,
                  (struct det_conv_config){.in_channels = config->in_channels,
                                           .out_channels = config->out_channels,
                                           .stride = config->stride});
}

det_status
det_residual_block_visit_layers(struct det_residual_block *block,
                                const char *prefix,
                                const struct det_layer_visitor *visitor)
{
    static const char *const names[DET_BLOCK_MAX_CONVS][2] = {
        {"conv1", "bn1"}, {"conv2", "bn2"}, {"conv3", "bn3"}};
    for (int i = 0; i < block->num_convs; i++)
        DET_TRY(det_visit_layer(visitor, &block->convs[i], prefix, names[i][0],
                                names[i][1]));
    if (block->shortcut != DET_SHORTCUT_PROJECTION)
        return DET_OK;
    return det_visit_layer(visitor, &block->projection, prefix, "downsample.0",
                           "downsample.1");
}

/* New channels lie on both sides, as in the CIFAR models that are published
 * (github.com/akamaster/pytorch_resnet_cifar10, resnet.py). */
static det_status subsample(struct det_compute *compute,
                            const struct det_residual_block *block,
                            struct det_tensor *out, const struct det_tensor *in)
{
    struct det_subsample op = {.in = *in,
                               .stride = block->stride,
                               .first_channel =
                                   (block->out_channels - in->c) / 2};
    DET_TRY(det_subsample(compute, &op, block->out_channels));
    *out = op.out;
    return DET_OK;
}

/* `out` is to be given back. */
static det_status shortcut_forward(struct det_compute *compute,
                                   const struct det_residual_block *block,
                                   struct det_tensor *out,
                                   const struct det_tensor *in)
{
    *out = (struct det_tensor){0};
    switch (block->shortcut) {
    case DET_SHORTCUT_IDENTITY:
        *out = det_tensor_hold(compute, in);
        return DET_OK;
    case DET_SHORTCUT_PROJECTION:
        return det_conv_layer_forward(compute, &block->projection, out, in,
                                      NULL);
    case DET_SHORTCUT_SUBSAMPLE:
        return subsample(compute, block, out, in);
    case DET_SHORTCUT_NONE:
        break;
    }
    return DET_OK;
}

bool det_residual_block_begins_1x1(const struct det_residual_block *block)
{
    const struct det_conv_shape *first = &block->convs[0].shape;
    return first->kernel_h == 1 && first->kernel_w == 1 &&
           block->shortcut == DET_SHORTCUT_PROJECTION;
}

det_status det_residual_block_middle(struct det_compute *compute,
                                     const struct det_residual_block *block,
                                     struct det_tensor *x)
{
    for (int i = 1; i < block->num_convs - 1; i++) {
        struct det_tensor y;
        DET_TRY(det_conv_layer_forward_take(compute, &block->convs[i], &y, x));
        *x = y;
    }
    return DET_OK;
}

/* The shortcut is added and ReLU applied in the last convolution's epilogue,
 * mostly where the shortcut lies. */
det_status det_residual_block_end(struct det_compute *compute,
                                  const struct det_residual_block *block,
                                  struct det_tensor *out, struct det_tensor *x,
                                  struct det_tensor *shortcut)
{
    DET_TRY(det_conv_layer_forward(compute, &block->convs[block->num_convs - 1],
                                   out, x, shortcut));
    det_tensor_give(compute, x);
    return DET_OK;
}

det_status
det_residual_block_forward_take(struct det_compute *compute,
                                const struct det_residual_block *block,
                                struct det_tensor *out, struct det_tensor *in)
{
    struct det_tensor x, shortcut;
    DET_TRY(det_conv_layer_forward(compute, &block->convs[0], &x, in, NULL));
    DET_TRY(det_residual_block_middle(compute, block, &x));
    DET_TRY(shortcut_forward(compute, block, &shortcut, in));
    det_tensor_give(compute, in);
    return det_residual_block_end(compute, block, out, &x, &shortcut);
}

det_status det_residual_block_forward(struct det_compute *compute,
                                      const struct det_residual_block *block,
                                      struct det_tensor *out,
                                      const struct det_tensor *in)
{
    struct det_tensor held = det_tensor_hold(compute, in);
    return det_residual_block_forward_take(compute, block, out, &held);
}
