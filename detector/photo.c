/* SPDX-License-Identifier: MIT */
#include "detector/photo.h"

#include <string.h>

#include "detector/feature_places.h"
#include "detector/image_context.h"
#include "detector/mask_stage.h"

static const struct det_settings *settings_of(const struct det_photo *photo)
{
    return photo->pipeline->members[0].settings;
}

static const struct det_input_size *size_of(const struct det_photo *photo)
{
    return &photo->sizes.sizes[0];
}

void det_photo_init(struct det_photo *photo,
                    const struct det_pipeline *pipeline,
                    const det_pixels *pixels, int32_t index)
{
    *photo = (struct det_photo){
        .pipeline = pipeline, .pixels = pixels, .index = index};
    det_trunk_sizes_for(&photo->sizes, settings_of(photo), pixels->height,
                        pixels->width);
    photo->sizes.mirrored = pipeline->mirrored;
}

void det_photo_begin(struct det_photo *photo, struct det_pipeline_result *out)
{
    *out = (struct det_pipeline_result){
        .size = *size_of(photo),
        .in_photo = settings_of(photo)->preset.decodes_in_photo};
    photo->out = out;
}

void det_photo_source(struct det_photo *photo, int m,
                      const struct det_trunk *trunk)
{
    const struct det_member *member = &photo->pipeline->members[m];
    photo->sources[m] = (struct det_roi_source){
        .network = member->network,
        .settings = member->settings,
        .maps = det_trunk_roi_maps(trunk, photo->index, member->settings,
                                   &photo->sizes)};
}

static struct det_roi_sources all_sources(const struct det_photo *photo)
{
    return (struct det_roi_sources){photo->sources,
                                    photo->pipeline->num_members};
}

/* ---------------------------------------------------------------- proposals */

static struct det_proposal_config proposal_config(const struct det_photo *photo)
{
    struct det_proposal_config config = settings_of(photo)->proposals;
    if (settings_of(photo)->preset.rpn_min_size_in_photo)
        config.min_size *= (float)size_of(photo)->factor;
    return config;
}

static struct det_extent proposal_extent(const struct det_photo *photo)
{
    const struct det_input_size *size = size_of(photo);
    const bool padded = settings_of(photo)->preset.rpn_clips_to_padding;
    return det_clip_extent(settings_of(photo),
                           padded ? size->padded_w : size->resized_w,
                           padded ? size->padded_h : size->resized_h);
}

det_status det_photo_propose(struct det_photo *photo, int m,
                             const struct det_feature_maps *features,
                             const struct det_rpn_output *said)
{
    const struct det_member *member = &photo->pipeline->members[m];
    const struct det_proposal_config config = proposal_config(photo);
    struct det_proposal_level levels[DET_MAX_LEVELS];
    for (int k = 0; k < features->count; k++)
        levels[k] = (struct det_proposal_level){
            .anchors = &member->network->anchors[k],
            .stride = det_anchor_stride_of(&member->settings->preset, features,
                                           k, size_of(photo)),
            .output = {.logits = det_tensor_one(&said[k].logits, photo->index),
                       .deltas =
                           det_tensor_one(&said[k].deltas, photo->index)}};
    return det_proposals_begin(photo->pipeline->compute, &photo->searches[m],
                               &config, levels, features->count,
                               proposal_extent(photo));
}

static det_status take_union(struct det_photo *photo)
{
    struct det_compute *compute = photo->pipeline->compute;
    struct det_proposals *all = &photo->proposals;
    const int members = photo->pipeline->num_members;
    const int32_t most = settings_of(photo)->proposals.post_nms * members;
    *all = (struct det_proposals){.capacity = most};
    DET_TRY(det_arena_take(det_host_arena(compute), &all->boxes, (size_t)most,
                           sizeof *all->boxes, compute->message));
    for (int m = 0; m < members; m++) {
        struct det_proposals own;
        DET_TRY(det_proposals_end(compute, &own, &settings_of(photo)->proposals,
                                  &photo->searches[m]));
        if (!det_planning(compute))
            memcpy(all->boxes + all->count, own.boxes,
                   (size_t)own.count * sizeof *own.boxes);
        all->count += own.count;
        det_proposals_give(compute, &own);
    }
    return DET_OK;
}

det_status det_photo_take_proposals(struct det_photo *photo)
{
    if (photo->pipeline->num_members > 1)
        return take_union(photo);
    return det_proposals_end(photo->pipeline->compute, &photo->proposals,
                             &settings_of(photo)->proposals,
                             &photo->searches[0]);
}

/* --------------------------------------------------------------- detections */

static bool is_cascade(const struct det_photo *photo)
{
    return photo->sources[0].network->architecture->cascade;
}

static struct det_photo_size photo_size(const struct det_photo *photo)
{
    return (struct det_photo_size){.size = *size_of(photo),
                                   .height = photo->pixels->height,
                                   .width = photo->pixels->width};
}

/* `capacity` RoIs will be looked at. */
static det_status prepare_sources(struct det_photo *photo, int32_t capacity)
{
    for (int m = 0; m < photo->pipeline->num_members; m++) {
        struct det_roi_source *source = &photo->sources[m];
        DET_TRY(det_roi_source_prepare(photo->pipeline->compute, source,
                                       source->network->box_side, capacity));
    }
    return DET_OK;
}

static det_status look_at_whole_image(struct det_photo *photo)
{
    const struct det_extent whole = {(float)size_of(photo)->resized_w,
                                     (float)size_of(photo)->resized_h};
    for (int m = 0; m < photo->pipeline->num_members; m++)
        DET_TRY(det_image_context(photo->pipeline->compute,
                                  &photo->sources[m].context,
                                  &photo->sources[m], &whole, 1));
    return DET_OK;
}

static struct det_decode_frame decode_frame(const struct det_photo *photo)
{
    const struct det_input_size *size = size_of(photo);
    const struct det_settings *settings = settings_of(photo);
    if (settings->preset.decodes_in_photo)
        return (struct det_decode_frame){
            .factor = (float)size->factor,
            .extent = det_clip_extent(settings, photo->pixels->width,
                                      photo->pixels->height)};
    return (struct det_decode_frame){
        .factor = 1.0f,
        .extent = det_clip_extent(settings, size->resized_w, size->resized_h)};
}

static det_status run_cascade(struct det_photo *photo)
{
    const struct det_photo_size size = photo_size(photo);
    return det_cascade_stage(photo->pipeline->compute, &photo->candidates,
                             &photo->sources[0], &photo->proposals, &size);
}

det_status det_photo_look_at_rois(struct det_photo *photo)
{
    if (is_cascade(photo))
        return run_cascade(photo);
    DET_TRY(prepare_sources(photo, photo->proposals.capacity));
    DET_TRY(look_at_whole_image(photo));
    const struct det_roi_sources sources = all_sources(photo);
    const struct det_decode_frame frame = decode_frame(photo);
    return det_box_stage(photo->pipeline->compute, &photo->detections, &sources,
                         &photo->proposals, &frame);
}

det_status det_photo_take_detections(struct det_photo *photo)
{
    if (is_cascade(photo)) /* which votes when it has masks */
        return DET_OK;
    return det_detections_end(photo->pipeline->compute, &photo->out->detections,
                              &settings_of(photo)->detections,
                              &photo->detections);
}

/* -------------------------------------------------------------------- masks */

/* Boxes of the photo to where the maps are, and back. */
static void scale_detections(const struct det_photo *photo, bool to_photo)
{
    const float factor = (float)size_of(photo)->factor;
    struct det_detections *d = &photo->out->detections;
    if (!settings_of(photo)->preset.decodes_in_photo ||
        det_planning(photo->pipeline->compute))
        return;
    for (int32_t i = 0; i < d->count; i++)
        d->boxes[i] =
            det_box_scaled(d->boxes[i], to_photo ? 1.0f / factor : factor);
}

static det_status vote(struct det_photo *photo)
{
    const struct det_photo_size size = photo_size(photo);
    struct det_pipeline_result *out = photo->out;
    struct det_voted_masks voted;
    DET_TRY(det_voting_stage(photo->pipeline->compute, &voted,
                             settings_of(photo), &photo->candidates, &size));
    out->detections = (struct det_detections){.boxes = voted.boxes,
                                              .scores = voted.scores,
                                              .labels = voted.labels,
                                              .count = voted.count,
                                              .capacity = voted.capacity};
    out->masks = (struct det_tensor){.data = voted.masks,
                                     .n = voted.count,
                                     .h = voted.side,
                                     .w = voted.side,
                                     .c = 1,
                                     .capacity = voted.capacity,
                                     .on_host = true};
    out->in_photo = out->voted = true;
    return DET_OK;
}

static det_status predict_masks(struct det_photo *photo,
                                const struct det_detections *detections)
{
    const struct det_roi_sources sources = all_sources(photo);
    return det_mask_stage(photo->pipeline->compute, &photo->out->masks,
                          &sources, detections);
}

/* The host adds up those of several views. */
static det_status fetch_masks(struct det_photo *photo)
{
    struct det_compute *compute = photo->pipeline->compute;
    const struct det_tensor masks = photo->out->masks;
    DET_TRY(det_host_view_take(compute, &photo->out->masks, &masks));
    return det_wait(compute);
}

det_status det_photo_find_masks(struct det_photo *photo)
{
    const struct det_pipeline *pipeline = photo->pipeline;
    if (is_cascade(photo))
        return vote(photo);
    if (!photo->sources[0].network->architecture->masks ||
        pipeline->without_masks)
        return DET_OK;
    if (pipeline->given) {
        DET_TRY(prepare_sources(photo, pipeline->given->capacity));
        DET_TRY(predict_masks(photo, pipeline->given));
        return fetch_masks(photo);
    }
    scale_detections(photo, false);
    DET_TRY(predict_masks(photo, &photo->out->detections));
    scale_detections(photo, true);
    return DET_OK;
}
