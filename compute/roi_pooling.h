/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ROI_POOLING_H
#define COMPUTE_ROI_POOLING_H

#include "compute/ops.h"

/* RoIAlign or RoIPool of `count` RoIs of side x side bins, of which a step of 0
 * or 1 makes all.  op->out is taken from the arena with room for `capacity`
 * RoIs.  op->boxes and
 * the indices are not read while planning; with a tape they are blocks of the
 * arena (or NULL), which it holds. */
det_status det_roi_pooling(struct det_compute *compute,
                           struct det_roi_features *op, int32_t count,
                           int32_t capacity, int32_t side);

#endif
