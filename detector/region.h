/* SPDX-License-Identifier: MIT */
/*
 * A part of a photo that is looked at alone, warped to a square (Girshick et
 * al. 2014, R-CNN; He et al. 2015, appendix C).
 */
#ifndef DETECTOR_REGION_H
#define DETECTOR_REGION_H

#include "detect/detect.h"
#include "geometry/box_delta.h"

/* From a region's box to the object's, as in Fast R-CNN. */
extern const struct det_delta_coder det_region_coder;

/* The whole pixels that a finite box touches, at least one: what is seen of it,
 * and what its deltas are of. */
struct det_box det_region_box(struct det_box box, const det_pixels *pixels);

/* The pixels of a region's box, which stay the photo's. */
det_pixels det_region_pixels(const det_pixels *pixels, struct det_box region);

#endif
