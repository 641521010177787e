/* SPDX-License-Identifier: MIT */
/*
 * Soft non-maximum suppression: take boxes best score first, and lower the
 * scores of those that overlap a taken one instead of dropping them.
 *
 * Sources: Bodla et al. 2017, "Soft-NMS: improving object detection with one
 * line of code", section 3; Detectron's utils/cython_nms.pyx.
 */
#ifndef GEOMETRY_SOFT_NMS_H
#define GEOMETRY_SOFT_NMS_H

#include "detect/detect.h"
#include "geometry/nms.h"

struct det_soft_nms_options {
    det_suppression decay; /* linear or gaussian */
    double iou_threshold;  /* linear: from which on a score is lowered */
    double sigma;          /* gaussian, > 0 */
    float least_score; /* lowered scores that are not above it are dropped */
    size_t limit;      /* stop after so many boxes; 0: no limit */
    enum det_box_counting counting; /* of sides */
};

/* Bytes of scratch memory for det_soft_nms, to be aligned for float. */
size_t det_soft_nms_scratch_size(size_t count);

/* Write the indices of the boxes taken and what became of their scores, best
 * first, equal scores by lower index first, and return how many.  Boxes of
 * different classes do not touch each other; a NaN score is dropped.  `keep`
 * and `scores` have room for `limit`, or for input->count when that is less or
 * there is no limit. */
size_t det_soft_nms(int32_t *keep, float *scores,
                    const struct det_nms_input *input,
                    const struct det_soft_nms_options *options, void *scratch);

#endif
