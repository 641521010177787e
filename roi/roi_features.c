/* SPDX-License-Identifier: MIT */
#include "roi/roi_features.h"

#include <math.h>

#include "compute/roi_pooling.h"

static struct det_level_range level_range(const struct det_roi_config *config,
                                          const struct det_roi_maps *maps)
{
    return (struct det_level_range){
        .rule = config->level_rule,
        .lowest = (int32_t)-log2f(maps->scales[0]),
        .highest = (int32_t)-log2f(maps->scales[maps->count - 1])};
}

/* *levels, [count], is taken from the arena. */
static det_status assign_levels(struct det_compute *compute, int32_t **levels,
                                const struct det_roi_config *config,
                                const struct det_roi_maps *maps,
                                const struct det_roi_batch *rois)
{
    const struct det_level_range range = level_range(config, maps);
    DET_TRY(det_arena_take(det_host_arena(compute), levels,
                           (size_t)rois->capacity, sizeof **levels,
                           compute->message));
    for (int32_t r = 0; !det_planning(compute) && r < rois->count; r++)
        (*levels)[r] = det_roi_level(&range, rois->boxes[r]);
    return DET_OK;
}

static struct det_roi_features operator_of(const struct det_roi_config *config)
{
    return (struct det_roi_features){.kind = config->kind,
                                     .aligned = config->aligned,
                                     .sampling = config->sampling};
}

/* `op` says how; the maps and RoIs are put into it. */
static det_status pool(struct det_compute *compute, struct det_tensor *out,
                       struct det_roi_features *op,
                       const struct det_roi_config *config,
                       const struct det_roi_maps *maps,
                       const struct det_roi_batch *rois, int32_t side)
{
    int32_t *levels = NULL;
    if (!rois->maps)
        DET_TRY(assign_levels(compute, &levels, config, maps, rois));

    op->num_maps = maps->count;
    op->boxes = rois->boxes;
    op->map_index = rois->maps ? rois->maps : levels;
    op->image_index = rois->images;
    for (int i = 0; i < maps->count; i++) {
        op->maps[i] = maps->maps[i];
        op->scales[i] = maps->scales[i];
    }
    DET_TRY(det_roi_pooling(compute, op, rois->count, rois->capacity, side));
    *out = op->out;
    det_arena_give(det_host_arena(compute), levels);
    return DET_OK;
}

det_status det_roi_features_pool(struct det_compute *compute,
                                 struct det_tensor *out,
                                 const struct det_roi_config *config,
                                 const struct det_roi_maps *maps,
                                 const struct det_roi_batch *rois, int32_t side)
{
    struct det_roi_features op = operator_of(config);
    return pool(compute, out, &op, config, maps, rois, side);
}

det_status det_roi_features_pool_sums(struct det_compute *compute,
                                      struct det_tensor *out,
                                      const struct det_roi_config *config,
                                      const struct det_roi_maps *maps,
                                      const struct det_roi_batch *rois,
                                      int32_t side,
                                      const struct det_conv_layer *layer)
{
    struct det_roi_features op = operator_of(config);
    op.step = layer->shape.stride;
    op.bias = layer->packed_bias;
    op.norm = layer->norm;
    op.relu = layer->relu;
    return pool(compute, out, &op, config, maps, rois, side);
}
