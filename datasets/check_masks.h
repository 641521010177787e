/* SPDX-License-Identifier: MIT */
#ifndef DATASETS_CHECK_MASKS_H
#define DATASETS_CHECK_MASKS_H

#include "datasets/finding.h"

/* Judge every segmentation.  Run lengths are decoded; polygons are measured,
 * not drawn. */
det_status det_check_masks(struct det_findings *findings,
                           const struct det_dataset *dataset);

#endif
