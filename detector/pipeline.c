/* SPDX-License-Identifier: MIT */
#include "detector/pipeline.h"

#include <string.h>
#include <time.h>

#include "compute/resize.h"
#include "detector/feature_places.h"
#include "detector/roi_stage.h"

double det_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ------------------------------------------------------------------- stages */

/* What travels from stage to stage. */
struct flow {
    const struct det_pipeline *pipeline;
    const det_pixels *pixels;
    struct det_tensor image;
    struct det_feature_maps features;
    struct det_proposals proposals;
    struct det_roi_maps roi_maps;
    struct det_pipeline_result *out;
};

/* Where boxes are clipped in an image of this size. */
static struct det_extent clip_extent(const struct flow *flow, int32_t width,
                                     int32_t height)
{
    const float less = (float)flow->pipeline->settings->preset.box_counting;
    return (struct det_extent){(float)width - less, (float)height - less};
}

static det_status run_resize(struct flow *flow)
{
    const struct det_preset *p = &flow->pipeline->settings->preset;
    const struct det_input_size *size = &flow->out->size;
    struct det_resize op = {.kind = p->resize,
                            .pixels = *flow->pixels,
                            .resized_h = size->resized_h,
                            .resized_w = size->resized_w,
                            .factor = size->factor,
                            .bgr = p->bgr,
                            .unit = p->unit};
    memcpy(op.mean, p->mean, sizeof op.mean);
    memcpy(op.std, p->std, sizeof op.std);
    DET_TRY(det_resize(flow->pipeline->compute, &op, size->padded_h,
                       size->padded_w));
    flow->image = op.out;
    return DET_OK;
}

static det_status run_backbone(struct flow *flow)
{
    return det_backbone_forward(flow->pipeline->compute,
                                &flow->pipeline->network->backbone,
                                &flow->features, &flow->image);
}

static struct det_proposal_config proposal_config(const struct flow *flow)
{
    const struct det_settings *settings = flow->pipeline->settings;
    struct det_proposal_config config = settings->proposals;
    if (settings->preset.rpn_min_size_in_photo)
        config.min_size *= (float)flow->out->size.factor;
    return config;
}

static struct det_extent proposal_extent(const struct flow *flow)
{
    const struct det_input_size *size = &flow->out->size;
    const bool padded = flow->pipeline->settings->preset.rpn_clips_to_padding;
    return clip_extent(flow, padded ? size->padded_w : size->resized_w,
                       padded ? size->padded_h : size->resized_h);
}

static det_status run_rpn(struct flow *flow)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    const struct det_input_size *size = &flow->out->size;
    const struct det_proposal_config config = proposal_config(flow);
    const struct det_network *network = pipeline->network;
    struct det_proposal_level levels[DET_MAX_LEVELS];
    const int count = flow->features.count;
    for (int i = 0; i < count; i++) {
        levels[i].anchors = &network->anchors[i];
        levels[i].stride = det_anchor_stride_of(&pipeline->settings->preset,
                                                &flow->features, i, size);
        DET_TRY(det_rpn_head_forward(pipeline->compute, &network->rpn_head,
                                     &levels[i].output,
                                     &flow->features.maps[i]));
    }
    DET_TRY(det_proposals_select(pipeline->compute, &flow->proposals, &config,
                                 levels, count, proposal_extent(flow)));
    for (int i = 0; i < count; i++)
        det_rpn_output_give(pipeline->compute, &levels[i].output);
    return DET_OK;
}

static det_status run_roi(struct flow *flow)
{
    const struct det_preset *preset = &flow->pipeline->settings->preset;
    const struct det_input_size *size = &flow->out->size;
    struct det_decode_frame frame = {
        .factor = 1.0f,
        .extent = clip_extent(flow, size->resized_w, size->resized_h)};
    if (preset->decodes_in_photo)
        frame = (struct det_decode_frame){
            .factor = (float)size->factor,
            .extent =
                clip_extent(flow, flow->pixels->width, flow->pixels->height)};
    flow->roi_maps = det_roi_maps_of(preset, &flow->features, size->resized_h);
    return det_roi_stage_boxes(flow->pipeline, &flow->out->detections,
                               &flow->roi_maps, &flow->proposals, &frame);
}

static struct det_box scaled(struct det_box box, float factor)
{
    return (struct det_box){.x1 = box.x1 * factor,
                            .y1 = box.y1 * factor,
                            .x2 = box.x2 * factor,
                            .y2 = box.y2 * factor};
}

/* Boxes of the photo to where the maps are, and back. */
static void scale_detections(const struct flow *flow, bool to_photo)
{
    const float factor = (float)flow->out->size.factor;
    struct det_detections *d = &flow->out->detections;
    if (!flow->pipeline->settings->preset.decodes_in_photo ||
        det_planning(flow->pipeline->compute))
        return;
    for (int32_t i = 0; i < d->count; i++)
        d->boxes[i] = scaled(d->boxes[i], to_photo ? 1.0f / factor : factor);
}

static det_status run_mask(struct flow *flow)
{
    if (!flow->pipeline->network->architecture->masks)
        return DET_OK;
    struct det_tensor masks;
    scale_detections(flow, false);
    DET_TRY(det_roi_stage_masks(flow->pipeline, &masks, &flow->roi_maps,
                                &flow->out->detections));
    scale_detections(flow, true);
    flow->out->masks = masks.data;
    flow->out->mask_side = masks.h;
    return DET_OK;
}

/* ---------------------------------------------------------------------- run */

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
    const double start = det_seconds(), flops = compute->flops;
    DET_TRY(run(flow));
    if (!planning) {
        det_stage_cost *cost = &pipeline->costs->stage[stage];
        cost->seconds += det_seconds() - start;
        cost->gflop += (compute->flops - flops) * 1e-9;
    }
    return DET_OK;
}

det_status det_pipeline_run(const struct det_pipeline *pipeline,
                            struct det_pipeline_result *out,
                            const det_pixels *pixels)
{
    *out = (struct det_pipeline_result){
        .size = det_input_size_for(pipeline->settings, pixels->height,
                                   pixels->width)};
    struct flow flow = {.pipeline = pipeline, .pixels = pixels, .out = out};
    DET_TRY(run_stage(&flow, DET_STAGE_RESIZE, run_resize));
    DET_TRY(run_stage(&flow, DET_STAGE_BACKBONE, run_backbone));
    DET_TRY(run_stage(&flow, DET_STAGE_RPN, run_rpn));
    DET_TRY(run_stage(&flow, DET_STAGE_ROI, run_roi));
    return run_stage(&flow, DET_STAGE_MASK, run_mask);
}
