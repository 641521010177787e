/* SPDX-License-Identifier: MIT */
#include "detector/pipeline.h"

#include <string.h>

#include "compute/moments.h"
#include "detector/box_stage.h"
#include "detector/cascade_stage.h"
#include "detector/feature_places.h"
#include "detector/image_context.h"
#include "detector/mask_stage.h"
#include "detector/trunk.h"

/* ------------------------------------------------------------------- stages */

/* What travels from stage to stage. */
struct flow {
    const struct det_pipeline *pipeline;
    const det_pixels *pixels;
    const struct det_settings *settings; /* of the first member */
    struct det_trunk_sizes sizes;
    struct det_trunk trunks[DET_MOST_MEMBERS];
    struct det_proposals proposals;
    struct det_roi_source sources[DET_MOST_MEMBERS];
    struct det_mask_candidates candidates; /* of a cascade */
    struct det_pipeline_result *out;
    bool ran[DET_STAGE_COUNT];
};

static struct det_roi_sources all_sources(const struct flow *flow)
{
    return (struct det_roi_sources){flow->sources, flow->pipeline->num_members};
}

static det_status run_resize(struct flow *flow)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    for (int i = 0; i < pipeline->num_members; i++)
        if (pipeline->members[i].trunk == i)
            DET_TRY(det_trunk_resize(pipeline->compute, &flow->trunks[i],
                                     pipeline->members[i].settings,
                                     &flow->sizes, flow->pixels));
    return DET_OK;
}

static det_status run_backbone(struct flow *flow)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    for (int i = 0; i < pipeline->num_members; i++) {
        const struct det_member *member = &pipeline->members[i];
        const struct det_trunk *trunk = &flow->trunks[member->trunk];
        if (member->trunk == i)
            DET_TRY(det_trunk_forward(pipeline->compute, &flow->trunks[i],
                                      &member->network->backbone,
                                      &flow->sizes));
        flow->sources[i] = (struct det_roi_source){
            .network = member->network,
            .settings = member->settings,
            .maps = det_trunk_roi_maps(trunk, member->settings, &flow->sizes)};
    }
    return DET_OK;
}

static struct det_proposal_config proposal_config(const struct flow *flow)
{
    struct det_proposal_config config = flow->settings->proposals;
    if (flow->settings->preset.rpn_min_size_in_photo)
        config.min_size *= (float)flow->out->size.factor;
    return config;
}

static struct det_extent proposal_extent(const struct flow *flow)
{
    const struct det_input_size *size = &flow->out->size;
    const bool padded = flow->settings->preset.rpn_clips_to_padding;
    return det_clip_extent(flow->settings,
                           padded ? size->padded_w : size->resized_w,
                           padded ? size->padded_h : size->resized_h);
}

/* One member's proposals. */
static det_status propose(struct flow *flow, const struct det_member *member,
                          struct det_proposals *out)
{
    struct det_compute *compute = flow->pipeline->compute;
    const struct det_input_size *size = &flow->out->size;
    const struct det_proposal_config config = proposal_config(flow);
    const struct det_feature_maps *features =
        &flow->trunks[member->trunk].features[0];
    struct det_proposal_level levels[DET_MAX_LEVELS];
    for (int i = 0; i < features->count; i++) {
        levels[i] = (struct det_proposal_level){
            .anchors = &member->network->anchors[i],
            .stride = det_anchor_stride_of(&member->settings->preset, features,
                                           i, size)};
        DET_TRY(det_rpn_head_forward(compute, &member->network->rpn_head,
                                     &levels[i].output, &features->maps[i]));
    }
    DET_TRY(det_proposals_select(compute, out, &config, levels, features->count,
                                 proposal_extent(flow)));
    for (int i = 0; i < features->count; i++)
        det_rpn_output_give(compute, &levels[i].output);
    return DET_OK;
}

/* The union of all members'. */
static det_status run_rpn(struct flow *flow)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    struct det_compute *compute = pipeline->compute;
    struct det_proposals *all = &flow->proposals;
    if (pipeline->num_members == 1)
        return propose(flow, &pipeline->members[0], all);
    const int32_t most =
        flow->settings->proposals.post_nms * pipeline->num_members;
    *all = (struct det_proposals){.capacity = most};
    DET_TRY(det_arena_take(det_host_arena(compute), &all->boxes, (size_t)most,
                           sizeof *all->boxes, compute->message));
    for (int i = 0; i < pipeline->num_members; i++) {
        struct det_proposals own;
        DET_TRY(propose(flow, &pipeline->members[i], &own));
        if (!det_planning(compute))
            memcpy(all->boxes + all->count, own.boxes,
                   (size_t)own.count * sizeof *own.boxes);
        all->count += own.count;
        det_proposals_give(compute, &own);
    }
    return DET_OK;
}

static bool is_cascade(const struct flow *flow)
{
    return flow->sources[0].network->architecture->cascade;
}

static struct det_photo_size photo_size(const struct flow *flow)
{
    return (struct det_photo_size){.size = flow->out->size,
                                   .height = flow->pixels->height,
                                   .width = flow->pixels->width};
}

/* `capacity` RoIs will be looked at. */
static det_status prepare_sources(struct flow *flow, int32_t capacity)
{
    for (int i = 0; i < flow->pipeline->num_members; i++) {
        struct det_roi_source *source = &flow->sources[i];
        DET_TRY(det_roi_source_prepare(flow->pipeline->compute, source,
                                       source->network->box_side, capacity));
    }
    return DET_OK;
}

static det_status look_at_whole_image(struct flow *flow)
{
    const struct det_input_size *size = &flow->out->size;
    const struct det_extent whole = {(float)size->resized_w,
                                     (float)size->resized_h};
    for (int i = 0; i < flow->pipeline->num_members; i++)
        DET_TRY(det_image_context(flow->pipeline->compute,
                                  &flow->sources[i].context, &flow->sources[i],
                                  &whole, 1));
    return DET_OK;
}

static det_status run_roi(struct flow *flow)
{
    const struct det_input_size *size = &flow->out->size;
    const struct det_photo_size photo = photo_size(flow);
    if (is_cascade(flow))
        return det_cascade_stage(flow->pipeline->compute, &flow->candidates,
                                 &flow->sources[0], &flow->proposals, &photo);
    DET_TRY(prepare_sources(flow, flow->proposals.capacity));
    DET_TRY(look_at_whole_image(flow));
    const struct det_roi_sources sources = all_sources(flow);
    struct det_decode_frame frame = {
        .factor = 1.0f,
        .extent =
            det_clip_extent(flow->settings, size->resized_w, size->resized_h)};
    if (flow->settings->preset.decodes_in_photo)
        frame = (struct det_decode_frame){
            .factor = (float)size->factor,
            .extent = det_clip_extent(flow->settings, flow->pixels->width,
                                      flow->pixels->height)};
    return det_box_stage(flow->pipeline->compute, &flow->out->detections,
                         &sources, &flow->proposals, &frame);
}

/* Boxes of the photo to where the maps are, and back. */
static void scale_detections(const struct flow *flow, bool to_photo)
{
    const float factor = (float)flow->out->size.factor;
    struct det_detections *d = &flow->out->detections;
    if (!flow->settings->preset.decodes_in_photo ||
        det_planning(flow->pipeline->compute))
        return;
    for (int32_t i = 0; i < d->count; i++)
        d->boxes[i] =
            det_box_scaled(d->boxes[i], to_photo ? 1.0f / factor : factor);
}

static det_status vote(struct flow *flow)
{
    const struct det_photo_size photo = photo_size(flow);
    struct det_voted_masks voted;
    DET_TRY(det_voting_stage(flow->pipeline->compute, &voted, flow->settings,
                             &flow->candidates, &photo));
    flow->out->detections = (struct det_detections){.boxes = voted.boxes,
                                                    .scores = voted.scores,
                                                    .labels = voted.labels,
                                                    .count = voted.count,
                                                    .capacity = voted.capacity};
    flow->out->masks = voted.masks;
    flow->out->mask_side = voted.side;
    flow->out->in_photo = flow->out->voted = true;
    return DET_OK;
}

static det_status predict_masks(struct flow *flow,
                                const struct det_detections *detections)
{
    const struct det_roi_sources sources = all_sources(flow);
    struct det_tensor masks;
    DET_TRY(
        det_mask_stage(flow->pipeline->compute, &masks, &sources, detections));
    flow->out->masks = masks.data;
    flow->out->mask_side = masks.h;
    return DET_OK;
}

static det_status run_mask(struct flow *flow)
{
    if (is_cascade(flow))
        return vote(flow);
    if (!flow->sources[0].network->architecture->masks ||
        flow->pipeline->without_masks)
        return DET_OK;
    const struct det_detections *given = flow->pipeline->given;
    if (given) {
        DET_TRY(prepare_sources(flow, given->capacity));
        return predict_masks(flow, given);
    }
    scale_detections(flow, false);
    DET_TRY(predict_masks(flow, &flow->out->detections));
    scale_detections(flow, true);
    return DET_OK;
}

/* ---------------------------------------------------------------------- run */

/* The moment of it; the stage's end is the next. */
static int beginning_of(enum det_stage stage)
{
    return 2 * (int)stage;
}

static det_status run_stage(struct flow *flow, enum det_stage stage,
                            det_status (*run)(struct flow *))
{
    const struct det_pipeline *pipeline = flow->pipeline;
    struct det_compute *compute = pipeline->compute;
    const bool planning = det_planning(compute);
    if (!planning && pipeline->progress &&
        pipeline->progress(pipeline->progress_user, stage) != 0)
        return det_fail(compute->message, DET_ERROR_CANCELLED,
                        "cancelled before stage %s", det_stage_name(stage));
    const double flops = compute->flops;
    DET_TRY(det_moment_mark(compute, beginning_of(stage)));
    DET_TRY(run(flow));
    if (!planning)
        pipeline->costs->stage[stage].gflop += (compute->flops - flops) * 1e-9;
    flow->ran[stage] = !planning;
    return det_moment_mark(compute, beginning_of(stage) + 1);
}

/* The last stage waited, so that this does not. */
static det_status add_seconds(const struct flow *flow)
{
    for (int stage = 0; stage < DET_STAGE_COUNT; stage++) {
        const int begin = beginning_of((enum det_stage)stage);
        double seconds;
        if (!flow->ran[stage])
            continue;
        DET_TRY(det_moments_between(flow->pipeline->compute, &seconds, begin,
                                    begin + 1));
        flow->pipeline->costs->stage[stage].seconds += seconds;
    }
    return DET_OK;
}

static det_status run_stages(struct flow *flow)
{
    DET_TRY(run_stage(flow, DET_STAGE_RESIZE, run_resize));
    DET_TRY(run_stage(flow, DET_STAGE_BACKBONE, run_backbone));
    if (flow->pipeline->given)
        return run_stage(flow, DET_STAGE_MASK, run_mask);
    DET_TRY(run_stage(flow, DET_STAGE_RPN, run_rpn));
    DET_TRY(run_stage(flow, DET_STAGE_ROI, run_roi));
    return run_stage(flow, DET_STAGE_MASK, run_mask);
}

det_status det_pipeline_run(const struct det_pipeline *pipeline,
                            struct det_pipeline_result *out,
                            const det_pixels *pixels)
{
    struct flow flow = {.pipeline = pipeline,
                        .pixels = pixels,
                        .settings = pipeline->members[0].settings,
                        .out = out};
    det_trunk_sizes_for(&flow.sizes, flow.settings, pixels->height,
                        pixels->width);
    flow.sizes.mirrored = pipeline->mirrored;
    *out = (struct det_pipeline_result){
        .size = flow.sizes.sizes[0],
        .in_photo = flow.settings->preset.decodes_in_photo};
    DET_TRY(run_stages(&flow));
    return add_seconds(&flow);
}
