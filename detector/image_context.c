/* SPDX-License-Identifier: MIT */
#include "detector/image_context.h"

#include "compute/concat.h"
#include "compute/gather.h"

/* One RoI for each image: all of it. */
static det_status take_rois(struct det_compute *compute, struct det_box **boxes,
                            int32_t **images, const struct det_extent *sizes,
                            int32_t count)
{
    DET_TRY(det_arena_take(det_host_arena(compute), boxes, (size_t)count,
                           sizeof **boxes, compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), images, (size_t)count,
                           sizeof **images, compute->message));
    for (int32_t i = 0; !det_planning(compute) && i < count; i++) {
        (*boxes)[i] = (struct det_box){0, 0, sizes[i].width, sizes[i].height};
        (*images)[i] = i;
    }
    return DET_OK;
}

det_status det_image_context(struct det_compute *compute,
                             struct det_tensor *out,
                             const struct det_roi_source *source,
                             const struct det_extent *sizes, int32_t count)
{
    const struct det_network *network = source->network;
    struct det_box *boxes;
    int32_t *images;
    struct det_tensor features;
    *out = (struct det_tensor){0};
    if (!network->context)
        return DET_OK;
    DET_TRY(take_rois(compute, &boxes, &images, sizes, count));
    const struct det_roi_batch rois = {
        .boxes = boxes, .images = images, .count = count, .capacity = count};
    DET_TRY(det_roi_source_features(compute, &features, source, &rois,
                                    network->box_side));
    det_arena_give(det_host_arena(compute), boxes);
    det_arena_give(det_host_arena(compute), images);
    return det_box_head_forward(compute, &network->box_head, out, &features);
}

det_status det_image_context_join(struct det_compute *compute,
                                  struct det_tensor *vectors,
                                  const struct det_tensor *context,
                                  const int32_t *images)
{
    struct det_gather gather = {.in = *context, .index = images};
    DET_TRY(det_gather(compute, &gather, vectors->n, vectors->capacity));
    struct det_concat concat = {.first = *vectors, .second = gather.out};
    DET_TRY(det_concat_channels(compute, &concat));
    det_tensor_give(compute, &gather.out);
    det_tensor_give(compute, vectors);
    *vectors = concat.out;
    return DET_OK;
}
