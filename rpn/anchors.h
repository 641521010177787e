/* SPDX-License-Identifier: MIT */
/*
 * Anchors: the reference boxes of the region proposal network (Ren et al.
 * 2015, section 3.1.1).  A level has A cell anchors around (0, 0), repeated at
 * every place of its map; the order everywhere is row, column, anchor.
 */
#ifndef RPN_ANCHORS_H
#define RPN_ANCHORS_H

#include <stdbool.h>
#include <stdint.h>

#include "geometry/anchor_grid.h"

enum { DET_MAX_RATIOS = 4, DET_MAX_SIZES = 8 };

/* How sides come from a size and a ratio. */
enum det_anchor_rule {
    DET_ANCHORS_EXACT,   /* Detectron2 */
    DET_ANCHORS_ROUNDED, /* to whole pixels (torchvision) */
    DET_ANCHORS_OF_BASE  /* multiples of whole-pixel shapes of a square from 0
                            to base - 1, x2 and y2 inclusive (Caffe) */
};

struct det_anchor_config {
    int32_t num_sizes;
    float sizes[DET_MAX_SIZES]; /* square root of the area, pixels */
    int32_t num_ratios;
    float ratios[DET_MAX_RATIOS]; /* height / width */
    enum det_anchor_rule rule;
    float base; /* of DET_ANCHORS_OF_BASE: the map's stride */
};

/* Detectron2 orders by size, then ratio; torchvision and Caffe by ratio, then
 * size. */
enum det_anchor_order { DET_ANCHORS_BY_RATIO, DET_ANCHORS_BY_SIZE };

/* Sources: torchvision models/detection/anchor_utils.py generate_anchors,
 * Detectron2 modeling/anchor_generator.py generate_cell_anchors,
 * py-faster-rcnn lib/rpn/generate_anchors.py and Detectron's. */
void det_cell_anchors_init(struct det_cell_anchors *anchors,
                           const struct det_anchor_config *config,
                           enum det_anchor_order order);

#endif
