/* SPDX-License-Identifier: MIT */
#include "detector/scored_boxes.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "geometry/nms.h"

static det_status take(struct det_scored_boxes *list, size_t capacity,
                       struct det_message *message)
{
    list->capacity = capacity;
    DET_TRY(det_allocate(&list->boxes, capacity, sizeof *list->boxes, message));
    return det_allocate(&list->scores, capacity, sizeof *list->scores, message);
}

static void give(struct det_scored_boxes *list)
{
    free(list->boxes);
    free(list->scores);
}

det_status det_scored_boxes_make(struct det_scored_boxes **out, size_t lists,
                                 size_t capacity, struct det_message *message)
{
    DET_TRY(det_allocate(out, lists, sizeof **out, message));
    for (size_t i = 0; i < lists; i++)
        DET_TRY(take(&(*out)[i], capacity, message));
    return DET_OK;
}

void det_scored_boxes_free(struct det_scored_boxes *list, size_t lists)
{
    for (size_t i = 0; list && i < lists; i++)
        give(&list[i]);
    free(list);
}

/* Into `kept`, which has room for all. */
static det_status choose(struct det_scored_boxes *kept,
                         const struct det_scored_boxes *list,
                         const struct det_nms_options *options,
                         struct det_message *message)
{
    const struct det_nms_input input = {
        .boxes = list->boxes, .scores = list->scores, .count = list->count};
    int32_t *order;
    void *scratch;
    DET_TRY(det_allocate(&order, list->count, sizeof *order, message));
    const det_status status = det_allocate_aligned(
        &scratch, det_nms_scratch_size(list->count), 1, message);
    if (status == DET_OK)
        kept->count = det_nms(order, &input, options, scratch);
    for (size_t i = 0; i < kept->count; i++) {
        kept->boxes[i] = list->boxes[order[i]];
        kept->scores[i] = list->scores[order[i]];
    }
    if (status == DET_OK)
        free(scratch);
    free(order);
    return status;
}

det_status det_scored_boxes_suppress(struct det_scored_boxes *list,
                                     double iou_threshold, size_t limit,
                                     struct det_message *message)
{
    const struct det_nms_options options = {.iou_threshold = iou_threshold,
                                            .limit = limit};
    struct det_scored_boxes kept = {0};
    det_status status = take(&kept, list->capacity, message);
    if (status == DET_OK)
        status = choose(&kept, list, &options, message);
    if (status != DET_OK) {
        give(&kept);
        return status;
    }
    give(list);
    *list = kept;
    return DET_OK;
}

size_t det_scored_boxes_best(const struct det_scored_boxes *list)
{
    size_t best = 0;
    for (size_t i = 1; i < list->count; i++)
        if (list->scores[i] > list->scores[best])
            best = i;
    return best;
}

det_detection det_scored_boxes_detection(const struct det_scored_boxes *list,
                                         size_t place, int32_t label)
{
    const struct det_box box = list->boxes[place];
    return (det_detection){.label = label,
                           .score = list->scores[place],
                           .x = box.x1,
                           .y = box.y1,
                           .w = box.x2 - box.x1,
                           .h = box.y2 - box.y1};
}
