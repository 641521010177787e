/* SPDX-License-Identifier: MIT */
/*
 * Boxes that compete for places in a list.  They are the device's, which alone
 * knows how many there are until they are viewed; operators make them
 * (anchor_candidates.h) and thin them out (nms.h).
 */
#ifndef COMPUTE_CANDIDATES_H
#define COMPUTE_CANDIDATES_H

#include "compute/compute.h"
#include "geometry/box.h"

/* One block of memory, with room for `capacity`. */
struct det_candidates {
    int32_t *count;        /* [1], where the block begins */
    struct det_box *boxes; /* [count] */
    float *scores;         /* [count] */
    int32_t *groups;       /* [count], >= 0: the level or class, within which
                              boxes suppress each other */
    int32_t *places;       /* [count]: the anchor or RoI that it comes from */
    int32_t capacity;
    bool on_host; /* as in det_tensor */
};

/* Bytes of the block, and the arrays in one. */
size_t det_candidates_size(int32_t capacity);
void det_candidates_place(struct det_candidates *out, void *block,
                          int32_t capacity);

/* From the arena. */
det_status det_candidates_take(struct det_compute *compute,
                               struct det_candidates *out, int32_t capacity);
void det_candidates_give(struct det_compute *compute,
                         struct det_candidates *candidates);

/* Behind the operator that was to fill `out`, with `scratch` of the arena: that
 * goes back, and after a failure, which is returned, so does `out`. */
det_status det_candidates_settle(struct det_compute *compute,
                                 struct det_candidates *out, void *scratch,
                                 det_status status);

/* What the host reads of them: see det_host_view_take.  It is there after a
 * det_wait between the two halves; of a long list the first half sends the
 * count and the first few thousand, and the second waits for the rest. */
det_status det_candidates_view_begin(struct det_compute *compute,
                                     struct det_candidates *out,
                                     const struct det_candidates *candidates);
det_status det_candidates_view_end(struct det_compute *compute,
                                   const struct det_candidates *view,
                                   const struct det_candidates *candidates);

/* Both, with that wait. */
det_status det_candidates_view_take(struct det_compute *compute,
                                    struct det_candidates *out,
                                    const struct det_candidates *candidates);
void det_candidates_view_give(struct det_compute *compute,
                              struct det_candidates *view);

#endif
