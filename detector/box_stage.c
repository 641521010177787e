/* SPDX-License-Identifier: MIT */
#include "detector/box_stage.h"

#include "compute/activation.h"
#include "compute/add_rows.h"
#include "detector/image_context.h"
#include "detector/roi_runs.h"
#include "roi/refined_rois.h"

/* Floats of pooled features at a time.  All 1000 RoIs of an FPN's box head fit;
 * C4's 14x14x1024 go by 150: by 60 a photo takes 4 % longer, for 50 MB less. */
enum { MOST_FLOATS = 30200000 };

/* What was said of the RoIs of all rounds, one round after the other. */
struct all_rounds {
    struct det_box *rois;             /* [(1 + rounds) * R] */
    struct det_tensor scores, deltas; /* likewise */
    int32_t count, capacity;
};

static det_status take_rounds(struct det_compute *compute,
                              struct all_rounds *all,
                              const struct det_box_predictor *predictor,
                              int32_t capacity)
{
    *all = (struct all_rounds){.capacity = capacity};
    DET_TRY(det_arena_take(det_host_arena(compute), &all->rois,
                           (size_t)capacity, sizeof *all->rois,
                           compute->message));
    DET_TRY(det_tensor_take(compute, &all->scores, capacity, 1, 1,
                            predictor->scores.shape.out_channels));
    return det_tensor_take(compute, &all->deltas, capacity, 1, 1,
                           predictor->deltas.shape.out_channels);
}

static void give_rounds(struct det_compute *compute, struct all_rounds *all)
{
    det_arena_give(det_host_arena(compute), all->rois);
    det_tensor_give(compute, &all->scores);
    det_tensor_give(compute, &all->deltas);
}

/* Rows [first, first + count), of which there may be `capacity`. */
static struct det_tensor rows_of(const struct det_tensor *all, int32_t first,
                                 int32_t count, int32_t capacity)
{
    struct det_tensor rows = *all;
    rows.data += first * det_tensor_stride(all);
    rows.n = count;
    rows.capacity = capacity;
    return rows;
}

/* The predictions of `count` RoIs from `first` on. */
static struct det_box_predictions predictions_of(const struct all_rounds *all,
                                                 int32_t first, int32_t count,
                                                 int32_t capacity)
{
    return (struct det_box_predictions){
        .rois = all->rois + first,
        .scores = rows_of(&all->scores, first, count, capacity),
        .deltas = rows_of(&all->deltas, first, count, capacity)};
}

/* A run of RoIs as one network sees them, as one of `count` networks. */
static det_status predict_run(struct det_compute *compute,
                              struct all_rounds *all,
                              const struct det_roi_sources *sources, int index,
                              const struct det_roi_batch *rois, int32_t first)
{
    const struct det_roi_source *source = &sources->items[index];
    const struct det_network *network = source->network;
    struct det_tensor features, vectors, scores, deltas;
    DET_TRY(det_roi_source_features(compute, &features, source, rois,
                                    network->box_side));
    DET_TRY(
        det_box_head_forward(compute, &network->box_head, &vectors, &features));
    if (network->context)
        DET_TRY(det_image_context_join(compute, &vectors, &source->context,
                                       rois->images));
    DET_TRY(det_box_predictor_forward(compute, &network->box_predictor, &scores,
                                      &deltas, &vectors));
    DET_TRY(det_softmax(compute, &scores));
    const float share = 1.0f / (float)sources->count;
    DET_TRY(
        det_add_rows(compute, &all->scores, &scores, first, index == 0, share));
    DET_TRY(
        det_add_rows(compute, &all->deltas, &deltas, first, index == 0, share));
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
static det_status predict_round(struct det_compute *compute,
                                struct all_rounds *all,
                                const struct det_roi_sources *sources,
                                const struct det_box *places, int32_t first,
                                int32_t count, int32_t capacity)
{
    for (int i = 0; i < sources->count; i++) {
        const struct det_roi_source *source = &sources->items[i];
        const int32_t length = det_run_length(source, source->network->box_side,
                                              MOST_FLOATS, capacity);
        const int32_t end = det_runs_end(compute, count, length);
        for (int32_t at = 0; at < end; at += length) {
            const struct det_roi_batch rois =
                det_run_at(places, count, at, length);
            DET_TRY(predict_run(compute, all, sources, i, &rois, first + at));
        }
    }
    all->count = first + count;
    return DET_OK;
}

/* The next round's RoIs of those [first, first + *count), at all->count. */
static det_status refine(struct det_compute *compute, struct all_rounds *all,
                         const struct det_settings *settings, int32_t first,
                         int32_t *count, int32_t capacity,
                         struct det_extent extent)
{
    const struct det_detection_config *config = &settings->detections;
    const struct det_box_predictions last =
        predictions_of(all, first, *count, capacity);
    struct det_box_predictions view = last;
    DET_TRY(det_host_view_take(compute, &view.scores, &last.scores));
    DET_TRY(det_host_view_take(compute, &view.deltas, &last.deltas));
    DET_TRY(det_wait(compute));
    if (!det_planning(compute))
        *count =
            det_refined_rois(all->rois + all->count, &view, &config->reading,
                             config->score_threshold, extent);
    det_host_view_give(compute, &view.scores);
    det_host_view_give(compute, &view.deltas);
    return DET_OK;
}

/* Each round starts from the boxes of the one before, whose places take the
 * place of the proposals. */
static det_status predict_rounds(struct det_compute *compute,
                                 struct all_rounds *all,
                                 const struct det_roi_sources *sources,
                                 const struct det_proposals *proposals,
                                 const struct det_decode_frame *frame)
{
    const struct det_settings *settings = sources->items[0].settings;
    const bool planning = det_planning(compute);
    const int32_t capacity = proposals->capacity;
    struct det_box *places = proposals->boxes;
    int32_t first = 0, count = proposals->count;
    for (int32_t r = 0; !planning && r < count; r++)
        all->rois[r] = divided(places[r], frame->factor);
    DET_TRY(predict_round(compute, all, sources, places, 0, count, capacity));
    for (int32_t k = 0; k < settings->refinements; k++) {
        DET_TRY(refine(compute, all, settings, first, &count, capacity,
                       frame->extent));
        first = all->count;
        for (int32_t r = 0; !planning && r < count; r++)
            places[r] = det_box_scaled(all->rois[first + r], frame->factor);
        DET_TRY(predict_round(compute, all, sources, places, first, count,
                              capacity));
    }
    return DET_OK;
}

det_status det_box_stage(struct det_compute *compute,
                         struct det_detection_search *out,
                         const struct det_roi_sources *sources,
                         const struct det_proposals *proposals,
                         const struct det_decode_frame *frame)
{
    const struct det_settings *settings = sources->items[0].settings;
    struct all_rounds all;
    DET_TRY(take_rounds(compute, &all,
                        &sources->items[0].network->box_predictor,
                        (1 + settings->refinements) * proposals->capacity));
    DET_TRY(predict_rounds(compute, &all, sources, proposals, frame));
    const struct det_box_predictions predictions =
        predictions_of(&all, 0, all.count, all.capacity);
    DET_TRY(det_detections_begin(compute, out, &settings->detections,
                                 &predictions, frame->extent));
    give_rounds(compute, &all);
    return DET_OK;
}
