/* SPDX-License-Identifier: MIT */
#include "roi/refined_rois.h"

#include "roi/best_class.h"

int32_t det_refined_rois(struct det_box *out,
                         const struct det_box_predictions *predictions,
                         const struct det_box_reading *reading,
                         float least_score, struct det_extent extent)
{
    const struct det_class_layout *classes = &reading->classes;
    int32_t count = 0;
    for (int32_t r = 0; r < predictions->scores.n; r++) {
        const float *scores =
            predictions->scores.data + (size_t)r * classes->num_scores;
        const float *deltas = predictions->deltas.data +
                              4 * (size_t)r * classes->num_delta_classes;
        const int32_t label =
            det_best_class(scores, classes, false, least_score);
        if (label == DET_NO_CLASS)
            continue;
        const struct det_box decoded =
            det_read_box(reading, predictions->rois[r], deltas, label);
        const struct det_box box = det_box_clip(decoded, extent);
        if (det_box_is_finite(decoded) && box.x2 > box.x1 && box.y2 > box.y1)
            out[count++] = box;
    }
    return count;
}
