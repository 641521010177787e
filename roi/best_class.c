/* SPDX-License-Identifier: MIT */
#include "roi/best_class.h"

int32_t det_best_class(const float *scores,
                       const struct det_class_layout *classes,
                       bool with_background, float least)
{
    int32_t best = DET_NO_CLASS;
    for (int32_t k = 0; k < classes->num_scores; k++)
        if ((with_background || k != classes->background) &&
            scores[k] > least) {
            best = k;
            least = scores[k];
        }
    return best;
}
