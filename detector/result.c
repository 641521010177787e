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

/* The detections that stay, and where their masks go. */
static void fill_boxes(det_result *result, struct det_mask_place *places,
                       const struct det_pipeline_result *raw,
                       const struct det_preset *preset, const det_pixels *photo)
{
    /* datasets/coco.py writes the + 1 of inclusive boxes into the file. */
    const float longer = raw->voted ? 0.0f : (float)preset->box_counting;
    const struct det_detections *d = &raw->detections;
    const int32_t width = photo->width, height = photo->height;
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
        places[index] = (struct det_mask_place){.row = i, .box = box};
    }
}

/* A result without its masks, and what is to be pasted for it. */
static det_status begin_result(det_result **out,
                               struct det_placed_masks *placed,
                               struct det_mask_place *places,
                               const struct det_pipeline_result *raw,
                               const struct det_preset *preset,
                               const det_pixels *photo,
                               struct det_message *message)
{
    const size_t count = (size_t)raw->detections.count;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    det_result *result = *out;
    DET_TRY(det_allocate(&result->detections, count, sizeof *result->detections,
                         message));
    fill_boxes(result, places, raw, preset, photo);
    if (!raw->masks.data)
        return DET_OK;
    DET_TRY(det_allocate(&result->runs, count, sizeof *result->runs, message));
    DET_TRY(
        det_allocate(&result->masks, count, sizeof *result->masks, message));
    *placed = (struct det_placed_masks){.masks = raw->masks,
                                        .places = places,
                                        .count = (int32_t)result->count,
                                        .rule = paste_rule(raw, preset),
                                        .width = photo->width,
                                        .height = photo->height,
                                        .out = result->runs};
    return DET_OK;
}

static void view_masks(det_result *result)
{
    for (size_t i = 0; result->runs && i < result->count; i++) {
        result->masks[i] = det_rle_view(&result->runs[i]);
        result->detections[i].mask = &result->masks[i];
    }
}

/* For `places`, one for each detection of all photos, and `placed`, one for
 * each photo. */
static det_status create_all(struct det_compute *compute, det_result **out,
                             struct det_placed_masks *placed,
                             struct det_mask_place *places,
                             const struct det_pipeline_result *raw,
                             const struct det_settings *settings,
                             struct det_mask_paster *paster,
                             const det_pixels *photos, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        DET_TRY(begin_result(&out[i], &placed[i], places, &raw[i],
                             &settings->preset, &photos[i], compute->message));
        places += raw[i].detections.count;
    }
    DET_TRY(det_mask_runs(compute, paster, placed, count));
    for (int32_t i = 0; i < count; i++)
        view_masks(out[i]);
    return DET_OK;
}

det_status det_result_create_all(struct det_compute *compute, det_result **out,
                                 const struct det_pipeline_result *raw,
                                 const struct det_settings *settings,
                                 struct det_mask_paster *paster,
                                 const det_pixels *photos, int32_t count)
{
    struct det_message *message = compute->message;
    struct det_placed_masks *placed = NULL;
    struct det_mask_place *places = NULL;
    size_t detections = 0;
    det_status status;
    for (int32_t i = 0; i < count; i++) {
        out[i] = NULL;
        detections += (size_t)raw[i].detections.count;
    }
    DET_TRY_OR_FAIL(
        det_allocate(&placed, (size_t)count, sizeof *placed, message));
    DET_TRY_OR_FAIL(det_allocate(&places, detections, sizeof *places, message));
    status = create_all(compute, out, placed, places, raw, settings, paster,
                        photos, count);
fail:
    free(placed);
    free(places);
    for (int32_t i = 0; status != DET_OK && i < count; i++)
        det_result_destroy(&out[i]);
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
