/* SPDX-License-Identifier: MIT */
#include "detector/cascade_stage.h"

#include "detector/cascade.h"
#include "detector/mnc_conv5.h"

/* Floats of warped features at a time. */
enum { MOST_FLOATS = 25000000, WARPED = 2 * DET_MNC_SIDE };

static int32_t run_length(const struct det_roi_source *source)
{
    const int32_t length =
        MOST_FLOATS / (WARPED * WARPED * source->maps.maps[0].c);
    return length > 1 ? length : 1;
}

static struct det_cascade cascade_of(const struct det_roi_source *source)
{
    const struct det_settings *settings = source->settings;
    const bool released = settings->preset.releases_cascade;
    return (struct det_cascade){
        .head = &source->network->mnc_head,
        .conv5 = det_mnc_conv5_of(source->network),
        .bridge = {.choice = released ? DET_BRIDGE_ANY_CLASS
                                      : DET_BRIDGE_OBJECT_CLASS,
                   .coder = settings->detections.reading.coder,
                   .classes = settings->detections.reading.classes},
        .second_warp = released ? DET_MNC_WARP_DIRECT : DET_MNC_WARP_POOLED,
        .run_length = run_length(source)};
}

static struct det_photo_frame frame_of(const struct det_settings *settings,
                                       const struct det_photo_size *photo)
{
    const struct det_input_size *size = &photo->size;
    const struct det_photo_ratio ratio =
        det_photo_ratio_of(size, photo->height, photo->width);
    struct det_photo_frame frame = {
        .x = ratio.x,
        .y = ratio.y,
        .clip = det_clip_extent(settings, photo->width, photo->height),
        .longer = (float)settings->preset.box_counting};
    if (settings->preset.decodes_in_photo)
        frame.x = frame.y = (float)(1.0 / size->factor);
    return frame;
}

det_status det_cascade_stage(struct det_compute *compute,
                             struct det_mask_candidates *out,
                             const struct det_roi_source *source,
                             const struct det_proposals *proposals,
                             const struct det_photo_size *photo)
{
    const struct det_cascade cascade = cascade_of(source);
    const struct det_cascade_input input = {
        .map = source->maps.maps[0],
        .scale = source->maps.scales[0],
        .boxes = proposals->boxes,
        .count = proposals->count,
        .capacity = proposals->capacity,
        .extent = det_clip_extent(source->settings, photo->size.resized_w,
                                  photo->size.resized_h),
        .photo = frame_of(source->settings, photo)};
    return det_cascade_run(compute, out, &cascade, &input);
}

/* Best first: what is above the threshold comes before the rest. */
static int32_t count_above(const struct det_voted_masks *masks, float threshold)
{
    int32_t count = 0;
    while (count < masks->count && masks->scores[count] > threshold)
        count++;
    return count;
}

det_status det_voting_stage(struct det_compute *compute,
                            struct det_voted_masks *out,
                            const struct det_settings *settings,
                            const struct det_mask_candidates *candidates,
                            const struct det_photo_size *photo)
{
    DET_TRY(det_mask_voting(compute, out, &settings->voting, candidates,
                            photo->width, photo->height));
    if (!det_planning(compute))
        out->count = count_above(out, settings->detections.score_threshold);
    return DET_OK;
}
