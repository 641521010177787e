/* SPDX-License-Identifier: MIT */
/*
 * From objectness and deltas to proposals: per level the best anchors by
 * logit, decoded, clipped, the tiny ones dropped; NMS within each level; the
 * best of all levels together.
 *
 * Sources: torchvision models/detection/rpn.py filter_proposals, Detectron2
 * modeling/proposal_generator/proposal_utils.py find_top_rpn_proposals,
 * py-faster-rcnn lib/rpn/proposal_layer.py.  All decode every anchor and then
 * choose; choosing first gives the same boxes.
 */
#ifndef RPN_PROPOSALS_H
#define RPN_PROPOSALS_H

#include "compute/candidates.h"
#include "geometry/box.h"
#include "geometry/box_delta.h"
#include "geometry/nms.h"
#include "rpn/anchors.h"
#include "rpn/rpn_head.h"

struct det_proposal_config {
    int32_t pre_nms;              /* anchors kept per level before NMS */
    int32_t post_nms;             /* proposals kept over all levels */
    double nms_threshold;         /* IoU */
    float min_size;               /* pixels; a side must be at least this... */
    bool min_size_exclusive;      /* ... or more than this (Detectron2) */
    bool filters_first;           /* smaller boxes go before the best pre_nms
                                     are chosen (Caffe), not after */
    bool rank_by_logit;           /* NMS goes by the logit (Detectron2), not
                                     by its sigmoid (torchvision) */
    struct det_delta_coder coder; /* weights 1, 1, 1, 1; counts sides for
                                     min_size and NMS too */
};

/* Best-first list; `boxes` has room for `capacity`. */
struct det_proposals {
    struct det_box *boxes; /* [count], pixels of the resized image */
    float *scores;         /* [count], what NMS went by */
    int32_t *anchors;      /* [count], indices in their levels (anchors.h) */
    int32_t count, capacity;
};

/* One level's input. */
struct det_proposal_level {
    const struct det_cell_anchors *anchors;
    struct det_anchor_stride stride;
    struct det_rpn_output output;
    /* Of an RPN of each class (He et al. 2015, appendix C), which says the
     * anchors of one behind those of the other at each place. */
    int32_t which;
};

/* On their way to the host. */
struct det_proposal_search {
    struct det_candidates kept, view;
};

/* The device looks for proposals...  `extent` is where boxes are clipped: the
 * resized image without padding, or its last pixels. */
det_status det_proposals_begin(struct det_compute *compute,
                               struct det_proposal_search *out,
                               const struct det_proposal_config *config,
                               const struct det_proposal_level *levels,
                               int num_levels, struct det_extent extent);

/* ...and after a det_wait, which several searches may share, they are there.
 * The arrays of `out` are taken from the arena with room for post_nms. */
det_status det_proposals_end(struct det_compute *compute,
                             struct det_proposals *out,
                             const struct det_proposal_config *config,
                             struct det_proposal_search *search);

/* Both, with that wait. */
det_status det_proposals_select(struct det_compute *compute,
                                struct det_proposals *out,
                                const struct det_proposal_config *config,
                                const struct det_proposal_level *levels,
                                int num_levels, struct det_extent extent);

void det_proposals_give(struct det_compute *compute,
                        struct det_proposals *proposals);

#endif
