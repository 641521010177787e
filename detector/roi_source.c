/* SPDX-License-Identifier: MIT */
#include "detector/roi_source.h"

#include "compute/maximum.h"
#include "roi/scale_pair.h"

/* What belongs to each RoI before its heads; `pooled` goes back. */
static det_status run_conv5(struct det_compute *compute, struct det_tensor *out,
                            const struct det_roi_source *source,
                            struct det_tensor *pooled)
{
    const struct det_backbone *backbone = &source->network->backbone;
    if (backbone->kind == DET_BACKBONE_C4)
        return det_resnet_stage_forward_take(
            compute, &backbone->resnet.stages[DET_RESNET_CONV5], out, pooled);
    *out = *pooled;
    return DET_OK;
}

/* Indices of each RoI's two maps. */
struct scale_choice {
    int32_t *lower, *upper; /* [count] */
};

static det_status choose_scales(struct det_compute *compute,
                                struct scale_choice *choice,
                                const struct det_roi_maps *maps,
                                const struct det_roi_batch *rois)
{
    const size_t capacity = (size_t)rois->capacity;
    DET_TRY(det_arena_take(det_host_arena(compute), &choice->lower, capacity,
                           sizeof *choice->lower, compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), &choice->upper, capacity,
                           sizeof *choice->upper, compute->message));
    for (int32_t r = 0; !det_planning(compute) && r < rois->count; r++) {
        choice->lower[r] =
            det_scale_pair(maps->factors, maps->count, rois->boxes[r]);
        choice->upper[r] = choice->lower[r] + 1;
    }
    return DET_OK;
}

/* From one of the two maps; with `conv5`, what comes after pooling too. */
static det_status pool_scale(struct det_compute *compute,
                             struct det_tensor *out,
                             const struct det_roi_source *source,
                             const struct det_roi_batch *rois,
                             const int32_t *maps, int32_t side, bool conv5)
{
    struct det_tensor pooled;
    struct det_roi_batch at_scale = *rois;
    at_scale.maps = maps;
    DET_TRY(det_roi_features_pool(compute, &pooled, &source->settings->rois,
                                  &source->maps, &at_scale, side));
    if (conv5)
        return run_conv5(compute, out, source, &pooled);
    *out = pooled;
    return DET_OK;
}

static det_status features_of_scales(struct det_compute *compute,
                                     struct det_tensor *out,
                                     const struct det_roi_source *source,
                                     const struct det_roi_batch *rois,
                                     int32_t side)
{
    const bool merges_pooled = source->settings->merges_pooled;
    struct scale_choice choice;
    struct det_tensor merged, other;
    DET_TRY(choose_scales(compute, &choice, &source->maps, rois));
    DET_TRY(pool_scale(compute, &merged, source, rois, choice.lower, side,
                       !merges_pooled));
    DET_TRY(pool_scale(compute, &other, source, rois, choice.upper, side,
                       !merges_pooled));
    DET_TRY(det_maximum(compute, &merged, &other));
    det_arena_give(det_host_arena(compute), choice.lower);
    det_arena_give(det_host_arena(compute), choice.upper);
    if (merges_pooled)
        return run_conv5(compute, out, source, &merged);
    *out = merged;
    return DET_OK;
}

static struct det_conv5_pooling
conv5_pooling(const struct det_roi_source *source, int32_t side)
{
    const struct det_resnet *resnet = &source->network->backbone.resnet;
    return (struct det_conv5_pooling){.conv5 =
                                          &resnet->stages[DET_RESNET_CONV5],
                                      .config = &source->settings->rois,
                                      .maps = &source->maps,
                                      .side = side};
}

det_status det_roi_source_prepare(struct det_compute *compute,
                                  struct det_roi_source *source, int32_t side,
                                  int32_t capacity)
{
    const struct det_conv5_pooling pooling = conv5_pooling(source, side);
    if (source->network->backbone.kind != DET_BACKBONE_C4)
        return DET_OK;
    return det_conv5_ahead_make(compute, &source->ahead, &pooling, capacity);
}

det_status det_roi_source_features(struct det_compute *compute,
                                   struct det_tensor *out,
                                   const struct det_roi_source *source,
                                   const struct det_roi_batch *rois,
                                   int32_t side)
{
    struct det_tensor pooled;
    if (source->maps.of_scales)
        return features_of_scales(compute, out, source, rois, side);
    if (source->ahead.made) {
        const struct det_conv5_pooling pooling = conv5_pooling(source, side);
        return det_conv5_ahead_pool(compute, out, &source->ahead, &pooling,
                                    rois);
    }
    DET_TRY(det_roi_features_pool(compute, &pooled, &source->settings->rois,
                                  &source->maps, rois, side));
    return run_conv5(compute, out, source, &pooled);
}
