/* SPDX-License-Identifier: MIT */
#include "geometry/soft_nms.h"

#include <math.h>

static const float taken = -INFINITY;

size_t det_soft_nms_scratch_size(size_t count)
{
    return count * sizeof(float);
}

/* The best box that is left, or `count`. */
static size_t find_best(const float *scores, size_t count, float least)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (scores[i] > least) {
            least = scores[i];
            best = i;
        }
    return best;
}

/* What a score is multiplied by. */
static double decay(const struct det_soft_nms_options *options, double iou)
{
    if (options->decay == DET_SUPPRESSION_GAUSSIAN)
        return exp(-(iou * iou) / options->sigma);
    return iou > options->iou_threshold ? 1 - iou : 1;
}

static void lower_others(float *scores, const struct det_nms_input *input,
                         const struct det_soft_nms_options *options,
                         size_t best)
{
    const struct det_box box =
        det_box_outer(input->boxes[best], options->counting);
    for (size_t i = 0; i < input->count; i++) {
        if (scores[i] == taken ||
            (input->classes && input->classes[i] != input->classes[best]))
            continue;
        const float iou =
            det_box_iou(box, det_box_outer(input->boxes[i], options->counting));
        if (iou > 0) /* false for NaN: both are empty */
            scores[i] =
                (float)((double)scores[i] * decay(options, (double)iou));
    }
}

size_t det_soft_nms(int32_t *keep, float *scores,
                    const struct det_nms_input *input,
                    const struct det_soft_nms_options *options, void *scratch)
{
    float *left = scratch;
    for (size_t i = 0; i < input->count; i++)
        left[i] = input->scores[i];
    size_t kept = 0;
    while (options->limit == 0 || kept < options->limit) {
        const size_t best = find_best(left, input->count, options->least_score);
        if (best == input->count)
            break;
        keep[kept] = (int32_t)best;
        scores[kept++] = left[best];
        left[best] = taken;
        lower_others(left, input, options, best);
    }
    return kept;
}
