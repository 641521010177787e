/* SPDX-License-Identifier: MIT */
/* The class that a region most likely is. */
#ifndef ROI_BEST_CLASS_H
#define ROI_BEST_CLASS_H

#include <stdbool.h>

#include "roi/box_predictions.h"

enum { DET_NO_CLASS = -1 };

/* The first column of the greatest of `scores`, [classes->num_scores], among
 * those above `least` (-INFINITY: any number), or DET_NO_CLASS.  A NaN is above
 * nothing.  The background counts when `with_background`. */
int32_t det_best_class(const float *scores,
                       const struct det_class_layout *classes,
                       bool with_background, float least);

#endif
