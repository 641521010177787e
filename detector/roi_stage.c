/* SPDX-License-Identifier: MIT */
#include "detector/roi_stage.h"

#include <string.h>

#include "compute/activation.h"
#include "roi/refined_rois.h"

enum {
    CONV5 = 3,
    /* Floats of pooled features at a time.  All 1000 RoIs of an FPN's box head
     * fit; C4's 14x14x1024 go by 62.  The mask head's deconvolution makes
     * four times as much of them. */
    BOX_FLOATS = 12600000,
    MASK_FLOATS = 2600000,
    /* ...but never so few RoIs that the matrix products get thin. */
    LEAST_ROIS = 24
};

/* RoIs in one run. */
static int32_t run_length(const struct det_roi_maps *maps, int32_t side,
                          int32_t floats, int32_t capacity)
{
    int32_t length = floats / (side * side * maps->maps[0].c);
    length = length > LEAST_ROIS ? length : LEAST_ROIS;
    return length < capacity ? length : capacity;
}

det_status det_roi_stage_features(const struct det_pipeline *pipeline,
                                  struct det_tensor *out,
                                  const struct det_roi_maps *maps,
                                  const struct det_roi_batch *rois,
                                  int32_t side)
{
    const struct det_backbone *backbone = &pipeline->network->backbone;
    struct det_tensor pooled;
    DET_TRY(det_roi_features_pool(pipeline->compute, &pooled,
                                  &pipeline->settings->rois, maps, rois, side));
    if (backbone->kind == DET_BACKBONE_C4)
        return det_resnet_stage_forward_take(
            pipeline->compute, &backbone->resnet.stages[CONV5], out, &pooled);
    *out = pooled;
    return DET_OK;
}

/* RoIs [first, first + length) of `count`; capacity stays the full length, so
 * that a last short run takes the memory that was planned. */
static struct det_roi_batch batch_at(const struct det_box *boxes, int32_t count,
                                     int32_t first, int32_t length)
{
    const int32_t rest = count - first;
    return (struct det_roi_batch){.boxes = boxes + first,
                                  .count = rest < length ? rest : length,
                                  .capacity = length};
}

/* While planning, one run stands for all. */
static int32_t runs_end(const struct det_pipeline *pipeline, int32_t count,
                        int32_t length)
{
    return det_planning(pipeline->compute) && length < count ? length : count;
}

/* -------------------------------------------------------------------- boxes */

static void store_rows(struct det_tensor *all, const struct det_tensor *rows,
                       int32_t first)
{
    memcpy(all->data + first * det_tensor_stride(all), rows->data,
           (size_t)det_tensor_count(rows) * sizeof(float));
}

/* What was said of the RoIs of all rounds, one round after the other. */
struct all_rounds {
    struct det_box *rois;             /* [(1 + rounds) * R] */
    struct det_tensor scores, deltas; /* likewise */
    int32_t count, capacity;
};

static det_status take_rounds(const struct det_pipeline *pipeline,
                              struct all_rounds *all, int32_t capacity)
{
    const struct det_box_predictor *predictor =
        &pipeline->network->box_predictor;
    struct det_compute *compute = pipeline->compute;
    *all = (struct all_rounds){.capacity = capacity};
    DET_TRY(det_arena_take(compute->arena, &all->rois, (size_t)capacity,
                           sizeof *all->rois, compute->message));
    DET_TRY(det_tensor_take(compute, &all->scores, capacity, 1, 1,
                            predictor->scores.shape.out_channels));
    return det_tensor_take(compute, &all->deltas, capacity, 1, 1,
                           predictor->deltas.shape.out_channels);
}

static void give_rounds(struct det_compute *compute, struct all_rounds *all)
{
    det_arena_give(compute->arena, all->rois);
    det_tensor_give(compute, &all->scores);
    det_tensor_give(compute, &all->deltas);
}

/* The predictions of `count` RoIs from `first` on. */
static struct det_box_predictions predictions_of(const struct all_rounds *all,
                                                 int32_t first, int32_t count)
{
    return (struct det_box_predictions){
        .rois = all->rois + first,
        .scores = all->scores.data + first * (ptrdiff_t)all->scores.c,
        .deltas = all->deltas.data + first * (ptrdiff_t)all->deltas.c,
        .count = count,
        .capacity = all->capacity};
}

static det_status predict_run(const struct det_pipeline *pipeline,
                              struct all_rounds *all,
                              const struct det_roi_maps *maps,
                              const struct det_roi_batch *rois, int32_t first)
{
    const struct det_network *network = pipeline->network;
    struct det_compute *compute = pipeline->compute;
    struct det_tensor features, vectors, scores, deltas;
    DET_TRY(det_roi_stage_features(pipeline, &features, maps, rois,
                                   network->box_side));
    DET_TRY(
        det_box_head_forward(compute, &network->box_head, &vectors, &features));
    DET_TRY(det_box_predictor_forward(compute, &network->box_predictor, &scores,
                                      &deltas, &vectors));
    DET_TRY(det_softmax(compute, &scores));
    if (!det_planning(compute)) {
        store_rows(&all->scores, &scores, first);
        store_rows(&all->deltas, &deltas, first);
    }
    det_tensor_give(compute, &scores);
    det_tensor_give(compute, &deltas);
    return DET_OK;
}

/* Not times 1 / factor: py-faster-rcnn divides. */
static struct det_box divided(struct det_box box, float factor)
{
    return (struct det_box){.x1 = box.x1 / factor,
                            .y1 = box.y1 / factor,
                            .x2 = box.x2 / factor,
                            .y2 = box.y2 / factor};
}

/* Score and regress RoIs [first, first + count) of `all`, which lie at
 * `places` on the maps' image; no round has more than `capacity`. */
static det_status predict_round(const struct det_pipeline *pipeline,
                                struct all_rounds *all,
                                const struct det_roi_maps *maps,
                                const struct det_box *places, int32_t first,
                                int32_t count, int32_t capacity)
{
    const int32_t length =
        run_length(maps, pipeline->network->box_side, BOX_FLOATS, capacity);
    const int32_t end = runs_end(pipeline, count, length);
    for (int32_t at = 0; at < end; at += length) {
        const struct det_roi_batch rois = batch_at(places, count, at, length);
        DET_TRY(predict_run(pipeline, all, maps, &rois, first + at));
    }
    all->count = first + count;
    return DET_OK;
}

/* Each round starts from the boxes of the one before, whose places take the
 * place of the proposals. */
static det_status predict_rounds(const struct det_pipeline *pipeline,
                                 struct all_rounds *all,
                                 const struct det_roi_maps *maps,
                                 const struct det_proposals *proposals,
                                 const struct det_decode_frame *frame)
{
    const struct det_settings *settings = pipeline->settings;
    const struct det_detection_config *config = &settings->detections;
    const bool planning = det_planning(pipeline->compute);
    const int32_t capacity = proposals->capacity;
    struct det_box *places = proposals->boxes;
    int32_t first = 0, count = proposals->count;
    for (int32_t r = 0; !planning && r < count; r++)
        all->rois[r] = divided(places[r], frame->factor);
    DET_TRY(predict_round(pipeline, all, maps, places, 0, count, capacity));
    for (int32_t k = 0; !planning && k < settings->refinements; k++) {
        const struct det_box_predictions last =
            predictions_of(all, first, count);
        first = all->count;
        count = det_refined_rois(all->rois + first, &last, &config->reading,
                                 config->score_threshold, frame->extent);
        for (int32_t r = 0; r < count; r++)
            places[r] = det_box_scaled(all->rois[first + r], frame->factor);
        DET_TRY(
            predict_round(pipeline, all, maps, places, first, count, capacity));
    }
    return DET_OK;
}

det_status det_roi_stage_boxes(const struct det_pipeline *pipeline,
                               struct det_detections *out,
                               const struct det_roi_maps *maps,
                               const struct det_proposals *proposals,
                               const struct det_decode_frame *frame)
{
    const struct det_settings *settings = pipeline->settings;
    struct all_rounds all;
    DET_TRY(take_rounds(pipeline, &all,
                        (1 + settings->refinements) * proposals->capacity));
    DET_TRY(predict_rounds(pipeline, &all, maps, proposals, frame));
    const struct det_box_predictions predictions =
        predictions_of(&all, 0, all.count);
    DET_TRY(det_detections_select(pipeline->compute, out, &settings->detections,
                                  &predictions, frame->extent));
    give_rounds(pipeline->compute, &all);
    return DET_OK;
}

/* -------------------------------------------------------------------- masks */

static int32_t mask_output_side(const struct det_network *network)
{
    /* conv5_x halves 14 to 7; the deconvolution doubles. */
    const bool c4 = network->backbone.kind == DET_BACKBONE_C4;
    return c4 ? network->mask_side : 2 * network->mask_side;
}

det_status det_roi_stage_masks(const struct det_pipeline *pipeline,
                               struct det_tensor *out,
                               const struct det_roi_maps *maps,
                               const struct det_detections *detections)
{
    const struct det_network *network = pipeline->network;
    struct det_compute *compute = pipeline->compute;
    const int32_t side = mask_output_side(network);
    DET_TRY(det_tensor_take(compute, out, detections->capacity, side, side, 1));
    out->n = detections->count;
    const int32_t length =
        run_length(maps, network->mask_side, MASK_FLOATS, detections->capacity);
    const int32_t end = runs_end(pipeline, detections->count, length);
    for (int32_t first = 0; first < end; first += length) {
        const struct det_roi_batch rois =
            batch_at(detections->boxes, detections->count, first, length);
        struct det_tensor features, masks;
        DET_TRY(det_roi_stage_features(pipeline, &features, maps, &rois,
                                       network->mask_side));
        DET_TRY(det_mask_head_forward(compute, &network->mask_head, &masks,
                                      &features, detections->labels + first));
        DET_TRY(det_sigmoid(compute, &masks));
        if (!det_planning(compute))
            store_rows(out, &masks, first);
        det_tensor_give(compute, &masks);
    }
    return DET_OK;
}
