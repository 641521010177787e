/* SPDX-License-Identifier: MIT */
#include "detector/result.h"

#include <stdlib.h>

#include "base/memory.h"

static struct det_box photo_box(const struct det_pipeline_result *raw,
                                struct det_box box, int32_t width,
                                int32_t height)
{
    if (raw->in_photo)
        return box;
    const struct det_photo_ratio ratio =
        det_photo_ratio_of(&raw->size, height, width);
    return det_box_stretched(box, ratio.x, ratio.y);
}

/* Detectron2 clips again and drops what that made empty. */
static bool keep_box(struct det_box *box, enum det_paste_rule paste,
                     int32_t width, int32_t height)
{
    if (paste != DET_PASTE_DETECTRON2)
        return true;
    *box = det_box_clip(*box, (struct det_extent){(float)width, (float)height});
    return box->x2 > box->x1 && box->y2 > box->y1;
}

static det_status add_mask(det_result *result, size_t index,
                           const struct det_small_mask *mask,
                           enum det_paste_rule paste,
                           struct det_rle_builder *builder, int32_t width,
                           int32_t height, struct det_message *message)
{
    DET_TRY(det_mask_paste(&result->runs[index], builder, mask, paste, width,
                           height, message));
    result->masks[index] = det_rle_view(&result->runs[index]);
    result->detections[index].mask = &result->masks[index];
    return DET_OK;
}

static det_status fill_result(det_result *result,
                              const struct det_pipeline_result *raw,
                              const struct det_settings *settings,
                              struct det_rle_builder *builder, int32_t width,
                              int32_t height, struct det_message *message)
{
    const enum det_paste_rule paste =
        raw->voted ? DET_PASTE_MNC : settings->preset.paste;
    /* datasets/coco.py writes the + 1 of inclusive boxes into the file. */
    const float longer =
        raw->voted ? 0.0f : (float)settings->preset.box_counting;
    const struct det_detections *d = &raw->detections;
    const size_t mask_size = (size_t)raw->mask_side * (size_t)raw->mask_side;
    for (int32_t i = 0; i < d->count; i++) {
        struct det_box box = photo_box(raw, d->boxes[i], width, height);
        if (!keep_box(&box, paste, width, height))
            continue;
        const size_t index = result->count++;
        result->detections[index] =
            (det_detection){.label = d->labels[i],
                            .score = d->scores[i],
                            .x = box.x1,
                            .y = box.y1,
                            .w = box.x2 - box.x1 + longer,
                            .h = box.y2 - box.y1 + longer};
        if (!raw->masks)
            continue;
        const struct det_small_mask mask = {.data = raw->masks + i * mask_size,
                                            .side = raw->mask_side,
                                            .box = box};
        DET_TRY(add_mask(result, index, &mask, paste, builder, width, height,
                         message));
    }
    return DET_OK;
}

det_status det_result_create(det_result **out,
                             const struct det_pipeline_result *raw,
                             const struct det_settings *settings,
                             struct det_rle_builder *builder, int32_t width,
                             int32_t height, struct det_message *message)
{
    const size_t count = (size_t)raw->detections.count;
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    det_result *result = *out;
    DET_TRY_OR_FAIL(det_allocate(&result->detections, count,
                                 sizeof *result->detections, message));
    if (raw->masks) {
        DET_TRY_OR_FAIL(
            det_allocate(&result->runs, count, sizeof *result->runs, message));
        DET_TRY_OR_FAIL(det_allocate(&result->masks, count,
                                     sizeof *result->masks, message));
    }
    DET_TRY_OR_FAIL(
        fill_result(result, raw, settings, builder, width, height, message));
    return DET_OK;
fail:
    det_result_destroy(out);
    return status;
}

void det_result_destroy(det_result **result)
{
    if (!result || !*result)
        return;
    for (size_t i = 0; (*result)->runs && i < (*result)->count; i++)
        det_rle_destroy(&(*result)->runs[i]);
    free((*result)->detections);
    free((*result)->runs);
    free((*result)->masks);
    free(*result);
    *result = NULL;
}

size_t det_result_count(const det_result *result)
{
    return result ? result->count : 0;
}

const det_detection *det_result_detection(const det_result *result,
                                          size_t index)
{
    return result && index < result->count ? &result->detections[index] : NULL;
}

det_stage_cost det_result_stage_cost(const det_result *result, det_stage stage)
{
    if (!result || (unsigned)stage >= DET_STAGE_COUNT)
        return (det_stage_cost){0};
    return result->costs.stage[stage];
}

const char *det_stage_name(det_stage stage)
{
    static const char *const names[DET_STAGE_COUNT] = {
        "resize", "backbone", "rpn", "roi", "mask", "paste"};
    return (unsigned)stage < DET_STAGE_COUNT ? names[stage] : "";
}
