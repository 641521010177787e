/* SPDX-License-Identifier: MIT */
/*
 * Iterative localization: the regressed box is a better RoI than the proposal,
 * so features are pooled from it again, for a new score and a new box.
 *
 * Sources: Gidaris and Komodakis 2015, section 4; He et al. 2015, appendix B,
 * "Box refinement".  The paper has one new box for each of 300 RoIs, but does
 * not say which class' deltas it comes from; here it is the best class'.
 */
#ifndef ROI_REFINED_ROIS_H
#define ROI_REFINED_ROIS_H

#include "roi/box_predictions.h"

/* Of predictions that the host reads, write the boxes of the next round, one
 * for each RoI at most, in their order, clipped to the image, and return how
 * many.  Left out are RoIs no class of which has a score above `least_score`
 * (nothing will be detected there, and most proposals are such), and empty and
 * infinite boxes. */
int32_t det_refined_rois(struct det_box *out,
                         const struct det_box_predictions *predictions,
                         const struct det_box_reading *reading,
                         float least_score, struct det_extent extent);

#endif
