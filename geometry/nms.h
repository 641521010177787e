/* SPDX-License-Identifier: MIT */
/*
 * Greedy non-maximum suppression: take boxes best score first, drop every
 * later one that overlaps a taken one too much.
 *
 * Sources: torchvision csrc/ops/cpu/nms_kernel.cpp and ops/boxes.py
 * (batched_nms); Detectron2's layers/nms.py calls the latter.
 */
#ifndef GEOMETRY_NMS_H
#define GEOMETRY_NMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geometry/box.h"

/* How boxes of different classes are kept apart.  The results differ only in
 * borderline pairs: the offsets cost low bits of the coordinates. */
enum det_nms_batching {
    DET_NMS_LIKE_TORCHVISION = 0, /* OFFSET up to 1000 boxes, else PER_CLASS */
    DET_NMS_OFFSET = 1,    /* boxes + class * (greatest coordinate + 1) */
    DET_NMS_PER_CLASS = 2, /* one class at a time, then by score */
};

/* Fields left 0 mean torchvision's rule: suppress when IoU > threshold, no
 * "+ 1" in widths. */
struct det_nms_options {
    double iou_threshold; /* 0..1; double, as the reference compares */
    size_t limit;         /* stop after so many kept boxes; 0: no limit */
    enum det_nms_batching batching; /* ignored without classes */
    enum det_box_counting counting; /* of sides (Caffe's nms_kernel.cu) */
    bool limit_keeps_ties; /* boxes past the limit that score as the last one
                              within it stay (py-faster-rcnn's test.py) */
};

/* Boxes must be finite; a NaN score comes last. */
struct det_nms_input {
    const struct det_box *boxes; /* [count] */
    const float *scores;         /* [count] */
    const int32_t *classes;      /* [count], >= 0; NULL: all of one class */
    size_t count;                /* <= INT32_MAX */
};

/* Bytes of scratch memory for det_nms, to be aligned for uint64_t. */
size_t det_nms_scratch_size(size_t count);

/* Write the indices of the kept boxes, best score first, equal scores by lower
 * index first, and return how many.  (torchvision leaves the order of equal
 * scores open where it goes by class.)  `keep` has room for `limit` indices, or
 * for `count` when that is less, there is no limit or ties are kept. */
size_t det_nms(int32_t *keep, const struct det_nms_input *input,
               const struct det_nms_options *options, void *scratch);

#endif
