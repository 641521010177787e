/* SPDX-License-Identifier: MIT */
/*
 * Multi-scale testing: each RoI is pooled from two neighbouring scales of the
 * image, those at which its area is nearest 224 x 224, the size that the
 * network was trained on for classification.
 *
 * Sources: He et al. 2015, appendix B, "Multi-scale testing"; Ren et al. 2015,
 * "Object detection networks on convolutional feature maps", section 3;
 * He et al. 2014, "Spatial pyramid pooling", section 4.1, which compares
 * numbers of pixels.
 */
#ifndef ROI_SCALE_PAIR_H
#define ROI_SCALE_PAIR_H

#include <stdint.h>

#include "geometry/box.h"

/* `factors` [count], rising, count >= 2: how many times as large as where the
 * box lies the image is at each scale.  Returns the lower one's index, 0 ..
 * count - 2; of pairs that are equally near, the first. */
int32_t det_scale_pair(const float *factors, int32_t count, struct det_box box);

#endif
