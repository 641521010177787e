/* SPDX-License-Identifier: MIT */
#include "detector/cascade.h"

#include <string.h>

#include "compute/activation.h"

/* The arrays of the candidates, to be written. */
struct rows {
    struct det_box *boxes;
    float *scores, *masks;
    int32_t num_scores, mask_size;
};

static det_status take_rows(struct det_compute *compute, struct rows *rows,
                            const struct det_mnc_head *head, int32_t capacity)
{
    struct det_arena *arena = det_host_arena(compute);
    const size_t count = (size_t)capacity;
    *rows = (struct rows){.num_scores = head->mask_scores.shape.out_channels,
                          .mask_size = head->mask_side * head->mask_side};
    DET_TRY(det_arena_take(arena, &rows->boxes, count, sizeof *rows->boxes,
                           compute->message));
    DET_TRY(det_arena_take(arena, &rows->scores,
                           count * (size_t)rows->num_scores,
                           sizeof *rows->scores, compute->message));
    return det_arena_take(arena, &rows->masks, count * (size_t)rows->mask_size,
                          sizeof *rows->masks, compute->message);
}

static struct det_box in_photo(const float b[4],
                               const struct det_photo_frame *photo)
{
    struct det_box box =
        det_box_clip(det_box_stretched((struct det_box){b[0], b[1], b[2], b[3]},
                                       photo->x, photo->y),
                     photo->clip);
    box.x2 += photo->longer;
    box.y2 += photo->longer;
    return box;
}

/* What the host reads of a stage. */
struct said {
    struct det_tensor boxes, scores, masks;
};

static void give_said(struct det_compute *compute, struct said *said)
{
    det_host_view_give(compute, &said->boxes);
    det_host_view_give(compute, &said->scores);
    det_host_view_give(compute, &said->masks);
}

static void copy_said(const struct rows *rows, int32_t first,
                      const struct said *said,
                      const struct det_cascade_input *input)
{
    for (int32_t r = 0; r < said->boxes.n; r++)
        rows->boxes[first + r] =
            in_photo(said->boxes.data + 4 * r, &input->photo);
    memcpy(rows->scores + (int64_t)first * rows->num_scores, said->scores.data,
           (size_t)det_tensor_count(&said->scores) * sizeof *rows->scores);
    memcpy(rows->masks + (int64_t)first * rows->mask_size, said->masks.data,
           (size_t)det_tensor_count(&said->masks) * sizeof *rows->masks);
}

/* What was said of RoIs `boxes`, from row `first` on; *said is to be given. */
static det_status store(struct det_compute *compute, const struct rows *rows,
                        int32_t first, struct said *said,
                        const struct det_tensor *boxes,
                        const struct det_mnc_classes *classes,
                        const struct det_cascade_input *input)
{
    DET_TRY(det_host_view_take(compute, &said->boxes, boxes));
    DET_TRY(det_host_view_take(compute, &said->scores, &classes->mask_scores));
    DET_TRY(det_host_view_take(compute, &said->masks, &classes->masks));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        copy_said(rows, first, said, input);
    return DET_OK;
}

/* Stages 2 and 3; the mask's scores become probabilities. */
static det_status predict(struct det_compute *compute,
                          struct det_mnc_classes *out,
                          const struct det_cascade *cascade,
                          const struct det_cascade_input *input,
                          const struct det_tensor *boxes,
                          enum det_mnc_warp warp)
{
    const struct det_mnc_head *head = cascade->head;
    const struct det_roi_warp rois = {
        .map = input->map, .scale = input->scale, .boxes = *boxes};
    struct det_tensor features, logits;
    DET_TRY(det_mnc_head_features(compute, &features, &rois, warp));
    DET_TRY(det_mnc_head_masks(compute, head, &logits, &features));
    DET_TRY(det_mnc_head_classes(compute, head, &cascade->conv5, out, &features,
                                 &logits, NULL));
    det_tensor_give(compute, &logits);
    return det_softmax(compute, &out->mask_scores);
}

/* All stages of the RoIs [first, ...) in `boxes`, which go back to the
 * arena. */
static det_status run_stages(struct det_compute *compute,
                             const struct rows *rows,
                             const struct det_cascade *cascade,
                             const struct det_cascade_input *input,
                             struct det_tensor *boxes, int32_t first)
{
    struct det_mnc_classes classes;
    struct said said;
    DET_TRY(
        predict(compute, &classes, cascade, input, boxes, DET_MNC_WARP_POOLED));
    DET_TRY(store(compute, rows, first, &said, boxes, &classes, input));
    struct det_stage_bridge bridge = {.boxes = *boxes,
                                      .deltas = classes.deltas,
                                      .scores = said.scores.data,
                                      .extents = &input->extent};
    DET_TRY(det_stage_bridge_forward(compute, &bridge, &cascade->bridge));
    give_said(compute, &said);
    det_mnc_classes_give(compute, &classes);
    det_tensor_give(compute, boxes);
    DET_TRY(predict(compute, &classes, cascade, input, &bridge.out,
                    cascade->second_warp));
    DET_TRY(store(compute, rows, input->count + first, &said, &bridge.out,
                  &classes, input));
    give_said(compute, &said);
    det_mnc_classes_give(compute, &classes);
    det_tensor_give(compute, &bridge.out);
    return DET_OK;
}

/* RoIs [first, first + length); a last short run takes the memory that was
 * planned. */
static det_status boxes_at(struct det_compute *compute, struct det_tensor *out,
                           const struct det_cascade_input *input, int32_t first,
                           int32_t length)
{
    const int32_t rest = input->count - first;
    DET_TRY(det_host_tensor_take(compute, out, length, 1, 1, 4));
    if (!det_planning(compute)) {
        out->n = rest < length ? rest : length;
        memcpy(out->data, input->boxes + first,
               (size_t)out->n * sizeof *input->boxes);
    }
    return det_tensor_move_to_device(compute, out);
}

det_status det_cascade_run(struct det_compute *compute,
                           struct det_mask_candidates *out,
                           const struct det_cascade *cascade,
                           const struct det_cascade_input *input)
{
    struct rows rows;
    const int32_t length = cascade->run_length < input->capacity
                               ? cascade->run_length
                               : input->capacity;
    DET_TRY(take_rows(compute, &rows, cascade->head, 2 * input->capacity));
    /* While planning, one run stands for all. */
    const int32_t end = det_planning(compute) ? (length > 0) : input->count;
    for (int32_t first = 0; first < end; first += length) {
        struct det_tensor boxes;
        DET_TRY(boxes_at(compute, &boxes, input, first, length));
        DET_TRY(run_stages(compute, &rows, cascade, input, &boxes, first));
    }
    *out = (struct det_mask_candidates){.boxes = rows.boxes,
                                        .scores = rows.scores,
                                        .masks = rows.masks,
                                        .num_scores = rows.num_scores,
                                        .side = cascade->head->mask_side,
                                        .count = 2 * input->count,
                                        .capacity = 2 * input->capacity};
    return DET_OK;
}

void det_cascade_give(struct det_compute *compute,
                      struct det_mask_candidates *candidates)
{
    det_arena_give(det_host_arena(compute), candidates->boxes);
    det_arena_give(det_host_arena(compute), candidates->scores);
    det_arena_give(det_host_arena(compute), candidates->masks);
    *candidates = (struct det_mask_candidates){0};
}
