/* SPDX-License-Identifier: MIT */
#include "detector/roi_stage.h"

#include <string.h>

#include "compute/activation.h"

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

static det_status predict_run(const struct det_pipeline *pipeline,
                              struct det_tensor *scores,
                              struct det_tensor *deltas,
                              const struct det_roi_maps *maps,
                              const struct det_roi_batch *rois, int32_t first)
{
    const struct det_network *network = pipeline->network;
    struct det_compute *compute = pipeline->compute;
    struct det_tensor features, vectors, run_scores, run_deltas;
    DET_TRY(det_roi_stage_features(pipeline, &features, maps, rois, network->box_side));
    DET_TRY(
        det_box_head_forward(compute, &network->box_head, &vectors, &features));
    DET_TRY(det_box_predictor_forward(compute, &network->box_predictor,
                                      &run_scores, &run_deltas, &vectors));
    DET_TRY(det_softmax(compute, &run_scores));
    if (!det_planning(compute)) {
        store_rows(scores, &run_scores, first);
        store_rows(deltas, &run_deltas, first);
    }
    det_tensor_give(compute, &run_scores);
    det_tensor_give(compute, &run_deltas);
    return DET_OK;
}

static void move_to_frame(const struct det_compute *compute,
                          const struct det_proposals *proposals,
                          const struct det_decode_frame *frame)
{
    for (int32_t i = 0; !det_planning(compute) && i < proposals->count; i++) {
        struct det_box *box = &proposals->boxes[i];
        *box = (struct det_box){.x1 = box->x1 / frame->factor,
                                .y1 = box->y1 / frame->factor,
                                .x2 = box->x2 / frame->factor,
                                .y2 = box->y2 / frame->factor};
    }
}

det_status det_roi_stage_boxes(const struct det_pipeline *pipeline,
                               struct det_detections *out,
                               const struct det_roi_maps *maps,
                               const struct det_proposals *proposals,
                               const struct det_decode_frame *frame)
{
    const struct det_network *network = pipeline->network;
    const struct det_box_predictor *predictor = &network->box_predictor;
    struct det_compute *compute = pipeline->compute;
    struct det_tensor scores, deltas;
    DET_TRY(det_tensor_take(compute, &scores, proposals->capacity, 1, 1,
                            predictor->scores.shape.out_channels));
    DET_TRY(det_tensor_take(compute, &deltas, proposals->capacity, 1, 1,
                            predictor->deltas.shape.out_channels));
    const int32_t length =
        run_length(maps, network->box_side, BOX_FLOATS, proposals->capacity);
    const int32_t end = runs_end(pipeline, proposals->count, length);
    for (int32_t first = 0; first < end; first += length) {
        const struct det_roi_batch rois =
            batch_at(proposals->boxes, proposals->count, first, length);
        DET_TRY(predict_run(pipeline, &scores, &deltas, maps, &rois, first));
    }
    move_to_frame(compute, proposals, frame);
    DET_TRY(det_detections_select(
        compute, out, &pipeline->settings->detections,
        &(struct det_box_predictions){.rois = proposals->boxes,
                                      .scores = scores.data,
                                      .deltas = deltas.data,
                                      .count = proposals->count,
                                      .capacity = proposals->capacity},
        frame->extent));
    det_tensor_give(compute, &scores);
    det_tensor_give(compute, &deltas);
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
        DET_TRY(
            det_roi_stage_features(pipeline, &features, maps, &rois, network->mask_side));
        DET_TRY(det_mask_head_forward(compute, &network->mask_head, &masks,
                                      &features, detections->labels + first));
        DET_TRY(det_sigmoid(compute, &masks));
        if (!det_planning(compute))
            store_rows(out, &masks, first);
        det_tensor_give(compute, &masks);
    }
    return DET_OK;
}
