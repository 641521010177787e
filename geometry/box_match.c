/* SPDX-License-Identifier: MIT */
#include "geometry/box_match.h"

#include <math.h>

/* torchvision ops/boxes.py box_iou: NaN where both are empty. */
static float overlap(struct det_box a, struct det_box b)
{
    return det_box_iou(a, b);
}

static int32_t best_truth(struct det_box box,
                          const struct det_true_boxes *truth, float *highest)
{
    int32_t best = 0;
    *highest = overlap(truth->boxes[0], box);
    for (int32_t g = 1; g < truth->count; g++) {
        const float iou = overlap(truth->boxes[g], box);
        if (iou > *highest) {
            *highest = iou;
            best = g;
        }
    }
    return best;
}

/* The largest overlap of one true box with any of the boxes. */
static float best_overlap(struct det_box truth, const struct det_box *boxes,
                          size_t count)
{
    float best = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        const float iou = overlap(truth, boxes[i]);
        best = iou > best ? iou : best;
    }
    return best;
}

static bool is_best_of_any(struct det_box box,
                           const struct det_true_boxes *truth,
                           const float *best)
{
    for (int32_t g = 0; g < truth->count; g++)
        if (overlap(truth->boxes[g], box) == best[g])
            return true;
    return false;
}

void det_match_boxes(int32_t *out, const struct det_match_config *config,
                     const struct det_box *boxes, size_t count,
                     const struct det_true_boxes *truth, float *best,
                     int threads)
{
    if (config->rescues) {
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (int32_t g = 0; g < truth->count; g++)
            best[g] = best_overlap(truth->boxes[g], boxes, count);
    }
#pragma omp parallel for num_threads(threads)
    for (size_t i = 0; i < count; i++) {
        float highest;
        out[i] = DET_MATCH_BACKGROUND;
        if (truth->count == 0)
            continue;
        const int32_t own = best_truth(boxes[i], truth, &highest);
        if (highest >= config->high ||
            (config->rescues && is_best_of_any(boxes[i], truth, best)))
            out[i] = own;
        else if (highest >= config->low)
            out[i] = DET_MATCH_BETWEEN;
    }
}
