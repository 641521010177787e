/* SPDX-License-Identifier: MIT */
#include "detector/pipeline.h"

#include <stddef.h>

#include "compute/recording.h"
#include "detector/photo.h"

/* What travels from stage to stage. */
struct flow {
    const struct det_pipeline *pipeline;
    struct det_trunk trunks[DET_MOST_MEMBERS];
    struct det_photo *photos; /* [count], the pipeline's */
    int32_t count;
};

/* Whether a member's backbone runs for it, and not for an earlier one. */
static bool has_trunk(const struct flow *flow, int member)
{
    return flow->pipeline->members[member].trunk == member;
}

static det_status wait(const struct flow *flow)
{
    return det_wait(flow->pipeline->compute);
}

/* --------------------------------------------------------------- recordings */

/* What a stage's work depends on besides the session. */
struct stage_name {
    int32_t stage, photos;
    struct {
        int32_t height, width; /* of the photo */
        struct {
            int32_t resized_h, resized_w, padded_h, padded_w;
        } sizes[DET_TRUNK_SIZES];
    } of[DET_MOST_IMAGES];
};

static void name_photo(struct stage_name *name, int32_t i,
                       const struct det_photo *photo)
{
    name->of[i].height = photo->pixels->height;
    name->of[i].width = photo->pixels->width;
    for (int k = 0; k < DET_TRUNK_SIZES; k++) {
        const bool has = k < photo->sizes.count;
        const struct det_input_size *size = &photo->sizes.sizes[k];
        name->of[i].sizes[k].resized_h = has ? size->resized_h : 0;
        name->of[i].sizes[k].resized_w = has ? size->resized_w : 0;
        name->of[i].sizes[k].padded_h = has ? size->padded_h : 0;
        name->of[i].sizes[k].padded_w = has ? size->padded_w : 0;
    }
}

static det_status begin_recording(const struct flow *flow, enum det_stage stage)
{
    struct stage_name name;
    name.stage = (int32_t)stage;
    name.photos = flow->count;
    for (int32_t i = 0; i < flow->count; i++)
        name_photo(&name, i, &flow->photos[i]);
    return det_recording_begin(flow->pipeline->compute, &name,
                               offsetof(struct stage_name, of) +
                                   (size_t)flow->count * sizeof name.of[0]);
}

static det_status end_recording(const struct flow *flow)
{
    return det_recording_end(flow->pipeline->compute);
}

/* ------------------------------------------------------------------- stages */

static det_status resize_for(struct flow *flow, int member)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    struct det_trunk *trunk = &flow->trunks[member];
    DET_TRY(det_trunk_take(pipeline->compute, trunk, &flow->photos[0].sizes,
                           flow->count));
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_trunk_resize(
            pipeline->compute, trunk, i, pipeline->members[member].settings,
            &flow->photos[i].sizes, flow->photos[i].pixels));
    return DET_OK;
}

static det_status run_resize(struct flow *flow)
{
    for (int m = 0; m < flow->pipeline->num_members; m++)
        if (has_trunk(flow, m))
            DET_TRY(resize_for(flow, m));
    return DET_OK;
}

static det_status run_backbone(struct flow *flow)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    DET_TRY(begin_recording(flow, DET_STAGE_BACKBONE));
    for (int m = 0; m < pipeline->num_members; m++) {
        const struct det_member *member = &pipeline->members[m];
        if (has_trunk(flow, m))
            DET_TRY(det_trunk_forward(pipeline->compute, &flow->trunks[m],
                                      &member->network->backbone,
                                      &flow->photos[0].sizes));
        for (int32_t i = 0; i < flow->count; i++)
            det_photo_source(&flow->photos[i], m, &flow->trunks[member->trunk]);
    }
    return end_recording(flow);
}

/* One member's RPN over all photos. */
static det_status propose(struct flow *flow, int m)
{
    const struct det_pipeline *pipeline = flow->pipeline;
    struct det_compute *compute = pipeline->compute;
    const struct det_member *member = &pipeline->members[m];
    const struct det_feature_maps *features =
        &flow->trunks[member->trunk].features[0];
    struct det_rpn_output said[DET_MAX_LEVELS];
    for (int k = 0; k < features->count; k++)
        DET_TRY(det_rpn_head_forward(compute, &member->network->rpn_head,
                                     &said[k], &features->maps[k]));
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_photo_propose(&flow->photos[i], m, features, said));
    for (int k = 0; k < features->count; k++)
        det_rpn_output_give(compute, &said[k]);
    return DET_OK;
}

static det_status run_rpn(struct flow *flow)
{
    DET_TRY(begin_recording(flow, DET_STAGE_RPN));
    for (int m = 0; m < flow->pipeline->num_members; m++)
        DET_TRY(propose(flow, m));
    DET_TRY(end_recording(flow));
    DET_TRY(wait(flow));
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_photo_take_proposals(&flow->photos[i]));
    return DET_OK;
}

static det_status run_roi(struct flow *flow)
{
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_photo_look_at_rois(&flow->photos[i]));
    DET_TRY(wait(flow));
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_photo_take_detections(&flow->photos[i]));
    return DET_OK;
}

static det_status run_mask(struct flow *flow)
{
    for (int32_t i = 0; i < flow->count; i++)
        DET_TRY(det_photo_find_masks(&flow->photos[i]));
    return DET_OK;
}

/* ---------------------------------------------------------------------- run */

static det_status run_stage(struct flow *flow, enum det_stage stage,
                            det_status (*run)(struct flow *))
{
    const struct det_pipeline *pipeline = flow->pipeline;
    struct det_compute *compute = pipeline->compute;
    if (!det_planning(compute) && pipeline->progress &&
        pipeline->progress(pipeline->progress_user, stage) != 0)
        return det_fail(compute->message, DET_ERROR_CANCELLED,
                        "cancelled before stage %s", det_stage_name(stage));
    DET_TRY(det_costs_begin(pipeline->costs, compute, stage));
    DET_TRY(run(flow));
    return det_costs_end(pipeline->costs, compute, stage);
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

/* All are padded to the largest. */
static void pad_alike(struct det_photo *photos, int32_t count)
{
    for (int32_t i = 1; i < count; i++)
        det_trunk_sizes_widen(&photos[0].sizes, &photos[i].sizes);
    for (int32_t i = 1; i < count; i++)
        det_trunk_sizes_widen(&photos[i].sizes, &photos[0].sizes);
}

det_status det_pipeline_run(const struct det_pipeline *pipeline,
                            struct det_pipeline_result *out,
                            const det_pixels *pixels, int32_t count)
{
    struct flow flow = {
        .pipeline = pipeline, .photos = pipeline->photos, .count = count};
    for (int32_t i = 0; i < count; i++)
        det_photo_init(&flow.photos[i], pipeline, &pixels[i], i);
    pad_alike(flow.photos, count);
    for (int32_t i = 0; i < count; i++)
        det_photo_begin(&flow.photos[i], &out[i]);
    return run_stages(&flow);
}
