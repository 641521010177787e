/* SPDX-License-Identifier: MIT */
/* Detections -> masks. */
#ifndef DETECTOR_MASK_STAGE_H
#define DETECTOR_MASK_STAGE_H

#include "detector/roi_source.h"

/* [count, side, side, 1] probabilities of the device, the mean of all sources';
 * `out` is taken from the arena. */
det_status det_mask_stage(struct det_compute *compute, struct det_tensor *out,
                          const struct det_roi_sources *sources,
                          const struct det_detections *detections);

#endif
