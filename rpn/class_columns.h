/* SPDX-License-Identifier: MIT */
/*
 * An RPN of each class (He et al. 2015, appendix C): K classes and A anchors at
 * each place, of which the logit of class k and anchor a is channel k * A + a,
 * and its deltas are the four from 4 * (k * A + a) on.
 */
#ifndef RPN_CLASS_COLUMNS_H
#define RPN_CLASS_COLUMNS_H

#include "rpn/rpn_head.h"

/* What `all` says of one of `num_classes`: logits [1, H, W, A] and deltas [1,
 * H, W, 4 A] of its first image, the caller's. */
det_status det_class_columns(struct det_compute *compute,
                             struct det_rpn_output *out,
                             const struct det_rpn_output *all,
                             int32_t num_classes, int32_t which);

#endif
