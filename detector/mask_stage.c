/* SPDX-License-Identifier: MIT */
#include "detector/mask_stage.h"

#include "compute/activation.h"
#include "compute/add_rows.h"
#include "detector/roi_runs.h"

/* Floats of pooled features at a time; the deconvolution makes four times as
 * much of them. */
enum { MOST_FLOATS = 2600000 };

static int32_t output_side(const struct det_network *network)
{
    /* conv5_x halves 14 to 7; the deconvolution doubles. */
    const bool c4 = network->backbone.kind == DET_BACKBONE_C4;
    return c4 ? network->mask_side : 2 * network->mask_side;
}

/* Masks of a run of detections by one network. */
static det_status predict_run(struct det_compute *compute,
                              const struct det_tensor *all,
                              const struct det_roi_sources *sources, int index,
                              const struct det_roi_batch *rois,
                              const int32_t *labels, int32_t first)
{
    const struct det_roi_source *source = &sources->items[index];
    const struct det_network *network = source->network;
    struct det_tensor features, masks;
    DET_TRY(det_roi_source_features(compute, &features, source, rois,
                                    network->mask_side));
    DET_TRY(det_mask_head_forward(compute, &network->mask_head, &masks,
                                  &features, labels));
    DET_TRY(det_sigmoid(compute, &masks));
    DET_TRY(det_add_rows(compute, all, &masks, first, index == 0,
                         1.0f / (float)sources->count));
    det_tensor_give(compute, &masks);
    return DET_OK;
}

det_status det_mask_stage(struct det_compute *compute, struct det_tensor *out,
                          const struct det_roi_sources *sources,
                          const struct det_detections *detections)
{
    const int32_t side = output_side(sources->items[0].network);
    DET_TRY(det_tensor_take(compute, out, detections->capacity, side, side, 1));
    out->n = detections->count;
    for (int i = 0; i < sources->count; i++) {
        const struct det_roi_source *source = &sources->items[i];
        const int32_t length =
            det_run_length(source, source->network->mask_side, MOST_FLOATS,
                           detections->capacity);
        const int32_t end = det_runs_end(compute, detections->count, length);
        for (int32_t first = 0; first < end; first += length) {
            const struct det_roi_batch rois =
                det_run_at(detections->boxes, detections->count, first, length);
            DET_TRY(predict_run(compute, out, sources, i, &rois,
                                detections->labels + first, first));
        }
    }
    return DET_OK;
}
