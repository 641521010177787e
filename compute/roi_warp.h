/* SPDX-License-Identifier: MIT */
#ifndef COMPUTE_ROI_WARP_H
#define COMPUTE_ROI_WARP_H

#include "compute/ops.h"

/* Warp the RoIs of op->boxes to [R, side, side, C], see det_roi_warp.  op->out
 * is taken from the arena with room for the boxes' capacity.  Boxes and
 * op->image_index are not read while planning; with a tape both are blocks of
 * the arena (or NULL), which it holds.  DET_ERROR_ARGUMENT: the boxes are not
 * [R, 1, 1, 4]. */
det_status det_roi_warping(struct det_compute *compute, struct det_roi_warp *op,
                           int32_t side);

#endif
