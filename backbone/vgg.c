/* SPDX-License-Identifier: MIT */
#include "backbone/vgg.h"

#include <stdio.h>

#include "compute/pool.h"

enum { FC6_SIDE = 7 };

/* Column D. */
static const struct {
    int convs;
    int32_t width; /* times the first block's */
} blocks[DET_VGG_BLOCKS] = {{2, 1}, {2, 2}, {3, 4}, {3, 8}, {3, 8}};

static void init_conv(struct det_conv_layer *layer, int32_t in_channels,
                      int32_t out_channels, int32_t kernel, int32_t pad)
{
    det_conv_layer_init(layer,
                        &(struct det_conv_config){.in_channels = in_channels,
                                                  .out_channels = out_channels,
                                                  .kernel = kernel,
                                                  .pad = pad,
                                                  .bias = true,
                                                  .relu = true});
}

void det_vgg_init(struct det_vgg *vgg, const struct det_vgg_config *config)
{
    int32_t channels = 3;
    *vgg = (struct det_vgg){.has_fcs = config->fc_channels > 0};
    for (int b = 0; b < DET_VGG_BLOCKS; b++) {
        vgg->num_convs[b] = blocks[b].convs;
        for (int i = 0; i < blocks[b].convs; i++) {
            const int32_t width = config->channels * blocks[b].width;
            init_conv(&vgg->convs[b][i], channels, width, 3, 1);
            channels = width;
        }
    }
    if (!vgg->has_fcs)
        return;
    init_conv(&vgg->fc6, channels, config->fc_channels, FC6_SIDE, 0);
    init_conv(&vgg->fc7, config->fc_channels, config->fc_channels, 1, 0);
}

int32_t det_vgg_out_channels(const struct det_vgg *vgg)
{
    const struct det_conv_layer *last =
        vgg->has_fcs ? &vgg->fc7
                     : &vgg->convs[DET_VGG_BLOCKS - 1][DET_VGG_BLOCK_CONVS - 1];
    return last->shape.out_channels;
}

det_status det_vgg_visit_layers(struct det_vgg *vgg, const char *prefix,
                                const struct det_layer_visitor *visitor)
{
    for (int b = 0; b < DET_VGG_BLOCKS; b++)
        for (int i = 0; i < vgg->num_convs[b]; i++) {
            char name[32];
            snprintf(name, sizeof name, "conv%d_%d", b + 1, i + 1);
            DET_TRY(det_visit_layer(visitor, &vgg->convs[b][i], prefix, name,
                                    NULL));
        }
    if (!vgg->has_fcs)
        return DET_OK;
    DET_TRY(det_visit_layer(visitor, &vgg->fc6, prefix, "fc6", NULL));
    return det_visit_layer(visitor, &vgg->fc7, prefix, "fc7", NULL);
}

/* ------------------------------------------------------------------ forward */

/* `x` becomes layer(x). */
static det_status forward_layer(struct det_compute *compute,
                                const struct det_conv_layer *layer,
                                struct det_tensor *x)
{
    struct det_tensor y;
    DET_TRY(det_conv_layer_forward_take(compute, layer, &y, x));
    *x = y;
    return DET_OK;
}

static det_status forward_pool(struct det_compute *compute,
                               struct det_tensor *x)
{
    struct det_pool pool = {
        .in = *x, .kernel = 2, .stride = 2, .rounding = DET_POOL_CEIL};
    DET_TRY(det_max_pool(compute, &pool));
    det_tensor_give(compute, x);
    *x = pool.out;
    return DET_OK;
}

static det_status forward_fcs(struct det_compute *compute,
                              const struct det_vgg *vgg, struct det_tensor *x)
{
    DET_TRY(forward_pool(compute, x));
    if (x->h < FC6_SIDE || x->w < FC6_SIDE)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "an image of about %d x %d pixels is too small for "
                        "VGG-16: fc6 needs 224 x 224",
                        32 * x->w, 32 * x->h);
    DET_TRY(forward_layer(compute, &vgg->fc6, x));
    return forward_layer(compute, &vgg->fc7, x);
}

det_status det_vgg_forward(struct det_compute *compute,
                           const struct det_vgg *vgg, struct det_tensor *out,
                           struct det_tensor *in)
{
    for (int b = 0; b < DET_VGG_BLOCKS; b++) {
        if (b > 0)
            DET_TRY(forward_pool(compute, in));
        for (int i = 0; i < vgg->num_convs[b]; i++)
            DET_TRY(forward_layer(compute, &vgg->convs[b][i], in));
    }
    if (vgg->has_fcs)
        DET_TRY(forward_fcs(compute, vgg, in));
    *out = *in;
    *in = (struct det_tensor){0};
    return DET_OK;
}
