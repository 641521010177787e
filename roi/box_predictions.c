/* SPDX-License-Identifier: MIT */
#include "roi/box_predictions.h"

struct det_box det_predicted_box(const struct det_box_predictions *predictions,
                                 const struct det_box_reading *reading,
                                 int32_t roi, int32_t label)
{
    const struct det_class_layout *classes = &reading->classes;
    const float *d =
        predictions->deltas + 4 * ((size_t)roi * classes->num_delta_classes +
                                   (size_t)det_delta_row(classes, label));
    return det_delta_decode(&reading->coder, predictions->rois[roi],
                            (struct det_delta){d[0], d[1], d[2], d[3]});
}
