/* SPDX-License-Identifier: MIT */
/* Which map of a pyramid a RoI is pooled from (Lin et al. 2017, "Feature
 * Pyramid Networks", equation 1): floor(4 + log2(sqrt(area) / 224)), clamped
 * to the maps that there are. */
#ifndef ROI_ROI_LEVELS_H
#define ROI_ROI_LEVELS_H

#include <stdint.h>

#include "geometry/box.h"

/* Where the guard against rounding just below a power of two sits. */
enum det_level_rule {
    DET_LEVEL_TORCHVISION, /* floor(4 + log2(s / 224) + 1e-6) */
    DET_LEVEL_DETECTRON2,  /* floor(4 + log2(s / 224 + 1e-8)) */
    DET_LEVEL_DETECTRON    /* floor(4 + log2(s / 224 + 1e-6)), s of sides that
                              are x2 - x1 + 1 */
};

struct det_level_range {
    enum det_level_rule rule;
    int32_t lowest, highest; /* levels of the first and the last map */
};

/* Index of the map: 0 .. highest - lowest. */
int32_t det_roi_level(const struct det_level_range *range,
                      struct det_box box);

#endif
