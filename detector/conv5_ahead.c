/* SPDX-License-Identifier: MIT */
#include "detector/conv5_ahead.h"

/* Products of a layer's weights with so many places. */
static double work(const struct det_conv_layer *layer, double places)
{
    return places * layer->shape.in_channels * layer->shape.out_channels;
}

static double work_behind(const struct det_conv_layer *layer, int32_t side,
                          int32_t capacity)
{
    const double bins = (side - 1) / layer->shape.stride + 1;
    return work(layer, bins * bins * capacity);
}

static bool is_less_work(const struct det_conv5_pooling *pooling,
                         int32_t capacity)
{
    const struct det_residual_block *block = &pooling->conv5->blocks[0];
    const struct det_tensor *map = &pooling->maps->maps[0];
    const double places = (double)map->n * map->h * map->w;
    const struct det_conv_layer *conv1 = &block->convs[0];
    const struct det_conv_layer *shortcut = &block->projection;
    return work(conv1, places) + work(shortcut, places) <
           work_behind(conv1, pooling->side, capacity) +
               work_behind(shortcut, pooling->side, capacity);
}

/* A maximum, of RoIPool or over scales, is not linear. */
static bool is_linear(const struct det_conv5_pooling *pooling)
{
    return pooling->config->kind == DET_ROI_ALIGN &&
           pooling->maps->count == 1 && !pooling->maps->of_scales &&
           det_residual_block_begins_1x1(&pooling->conv5->blocks[0]);
}

det_status det_conv5_ahead_make(struct det_compute *compute,
                                struct det_conv5_ahead *out,
                                const struct det_conv5_pooling *pooling,
                                int32_t capacity)
{
    const struct det_residual_block *block = &pooling->conv5->blocks[0];
    const struct det_tensor *map = &pooling->maps->maps[0];
    *out = (struct det_conv5_ahead){0};
    if (compute->in_order || compute->tape || !is_linear(pooling) ||
        !is_less_work(pooling, capacity))
        return DET_OK;
    out->made = true;
    DET_TRY(det_conv_layer_sums(compute, &block->convs[0], &out->conv1, map));
    return det_conv_layer_sums(compute, &block->projection, &out->shortcut,
                               map);
}

static det_status pool_sums(struct det_compute *compute, struct det_tensor *out,
                            const struct det_conv5_pooling *pooling,
                            const struct det_roi_batch *rois,
                            const struct det_tensor *sums,
                            const struct det_conv_layer *layer)
{
    struct det_roi_maps maps = *pooling->maps;
    maps.maps[0] = *sums;
    return det_roi_features_pool_sums(compute, out, pooling->config, &maps,
                                      rois, pooling->side, layer);
}

det_status det_conv5_ahead_pool(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_conv5_ahead *ahead,
                                const struct det_conv5_pooling *pooling,
                                const struct det_roi_batch *rois)
{
    const struct det_residual_block *block = &pooling->conv5->blocks[0];
    struct det_tensor x, shortcut;
    /* The shortcut last: its memory is what the middle has done with, and
     * becomes the block's output. */
    DET_TRY(
        pool_sums(compute, &x, pooling, rois, &ahead->conv1, &block->convs[0]));
    DET_TRY(det_residual_block_middle(compute, block, &x));
    DET_TRY(pool_sums(compute, &shortcut, pooling, rois, &ahead->shortcut,
                      &block->projection));
    return det_resnet_stage_finish(compute, pooling->conv5, out, &x, &shortcut);
}
