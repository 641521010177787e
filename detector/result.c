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

static enum det_paste_rule paste_rule(const struct det_pipeline_result *raw,
                                      const struct det_preset *preset)
{
    return raw->voted ? DET_PASTE_MNC : preset->paste;
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

/* The detections that stay, and where their masks go: [count of all], not
 * written without masks. */
static void fill_boxes(det_result *result, struct det_mask_place *places,
                       const struct det_pipeline_result *raw,
                       const struct det_preset *preset, int32_t width,
                       int32_t height)
{
    /* datasets/coco.py writes the + 1 of inclusive boxes into the file. */
    const float longer = raw->voted ? 0.0f : (float)preset->box_counting;
    const struct det_detections *d = &raw->detections;
    for (int32_t i = 0; i < d->count; i++) {
        struct det_box box = photo_box(raw, d->boxes[i], width, height);
        if (!keep_box(&box, paste_rule(raw, preset), width, height))
            continue;
        const size_t index = result->count++;
        result->detections[index] =
            (det_detection){.label = d->labels[i],
                            .score = d->scores[i],
                            .x = box.x1,
                            .y = box.y1,
                            .w = box.x2 - box.x1 + longer,
                            .h = box.y2 - box.y1 + longer};
        if (places)
            places[index] = (struct det_mask_place){.row = i, .box = box};
    }
}

static det_status add_masks(struct det_compute *compute, det_result *result,
                            struct det_mask_paster *paster,
                            const struct det_placed_masks *placed)
{
    const size_t count = result->count;
    DET_TRY(det_allocate(&result->runs, count, sizeof *result->runs,
                         compute->message));
    DET_TRY(det_allocate(&result->masks, count, sizeof *result->masks,
                         compute->message));
    DET_TRY(det_mask_runs(compute, result->runs, paster, placed));
    for (size_t i = 0; i < count; i++) {
        result->masks[i] = det_rle_view(&result->runs[i]);
        result->detections[i].mask = &result->masks[i];
    }
    return DET_OK;
}

/* `places` has room for all detections; NULL without masks. */
static det_status fill_result(struct det_compute *compute, det_result *result,
                              struct det_mask_place *places,
                              const struct det_pipeline_result *raw,
                              const struct det_settings *settings,
                              struct det_mask_paster *paster, int32_t width,
                              int32_t height)
{
    const struct det_preset *preset = &settings->preset;
    DET_TRY(det_allocate(&result->detections, (size_t)raw->detections.count,
                         sizeof *result->detections, compute->message));
    fill_boxes(result, places, raw, preset, width, height);
    if (!places)
        return DET_OK;
    const struct det_placed_masks placed = {.masks = raw->masks,
                                            .places = places,
                                            .count = (int32_t)result->count,
                                            .rule = paste_rule(raw, preset),
                                            .width = width,
                                            .height = height};
    return add_masks(compute, result, paster, &placed);
}

det_status det_result_create(struct det_compute *compute, det_result **out,
                             const struct det_pipeline_result *raw,
                             const struct det_settings *settings,
                             struct det_mask_paster *paster, int32_t width,
                             int32_t height)
{
    const size_t count = (size_t)raw->detections.count;
    struct det_mask_place *places = NULL;
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, compute->message));
    if (raw->masks.data)
        DET_TRY_OR_FAIL(
            det_allocate(&places, count, sizeof *places, compute->message));
    DET_TRY_OR_FAIL(fill_result(compute, *out, places, raw, settings, paster,
                                width, height));
    free(places);
    return DET_OK;
fail:
    free(places);
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
