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

det_status det_roi_features_pool(struct det_compute *compute,
                                 struct det_tensor *out,
                                 const struct det_roi_config *config,
                                 const struct det_roi_maps *maps,
                                 const struct det_roi_batch *rois,
                                 int32_t side)
{
    int32_t *map_index;
    const struct det_level_range range = level_range(config, maps);
    DET_TRY(det_arena_take(compute->arena, &map_index, (size_t)rois->capacity,
                           sizeof *map_index, compute->message));
    if (!det_planning(compute))
        for (int32_t r = 0; r < rois->count; r++)
            map_index[r] = det_roi_level(&range, rois->boxes[r]);

    struct det_roi_features op = {.kind = config->kind,
                                  .aligned = config->aligned,
                                  .sampling = config->sampling,
                                  .num_maps = maps->count,
                                  .boxes = rois->boxes,
                                  .map_index = map_index,
                                  .image_index = rois->images};
    for (int i = 0; i < maps->count; i++) {
        op.maps[i] = maps->maps[i];
        op.scales[i] = maps->scales[i];
    }
    DET_TRY(det_roi_pooling(compute, &op, rois->count, rois->capacity, side));
    *out = op.out;
    det_arena_give(compute->arena, map_index);
    return DET_OK;
}
