/* SPDX-License-Identifier: MIT */
/*
 * Box voting: each box that was kept becomes the mean of all boxes of its class
 * around it, weighted by their scores.
 *
 * Sources: Gidaris and Komodakis 2015, "Object detection via a multi-region and
 * semantic segmentation-aware CNN model", section 4, step 3 of the iterative
 * localization; He et al. 2015, appendix B.  Detectron's utils/boxes.py,
 * box_voting, with the scoring method ID.
 */
#ifndef ROI_BOX_VOTING_H
#define ROI_BOX_VOTING_H

#include "geometry/nms.h"

/* Move boxes[0..count), of labels[0..count), to the mean of the voters of the
 * same class whose IoU with them is at least `iou_threshold`.  The voters are
 * the boxes before NMS, so a kept box is one of its own; scores > 0.  Scores
 * stay.  A box that no one overlaps, not even itself, stays. */
void det_box_vote(struct det_box *boxes, const int32_t *labels, size_t count,
                  const struct det_nms_input *voters, double iou_threshold,
                  enum det_box_counting counting);

#endif
