/* SPDX-License-Identifier: MIT */
/* Boxes around (0, 0) that are repeated at every place of a map: an RPN's
 * anchors (rpn/anchors.h).  The order is row, column, anchor. */
#ifndef GEOMETRY_ANCHOR_GRID_H
#define GEOMETRY_ANCHOR_GRID_H

#include <stdint.h>

#include "geometry/box.h"

enum { DET_MAX_ANCHORS = 32 };

struct det_cell_anchors {
    int32_t count; /* A */
    struct det_box boxes[DET_MAX_ANCHORS];
};

/* Pixels from one place of a map to the next, per axis. */
struct det_anchor_stride {
    int32_t y, x;
};

/* Anchor `index` of 0 .. H*W*A - 1 of a map of `map_w` columns. */
static inline DET_ON_DEVICE struct det_box
det_anchor_at(const struct det_cell_anchors *anchors,
              struct det_anchor_stride stride, int32_t map_w, int64_t index)
{
    const int64_t place = index / anchors->count;
    const struct det_box *cell = &anchors->boxes[index % anchors->count];
    const float x = (float)(place % map_w * stride.x);
    const float y = (float)(place / map_w * stride.y);
    const struct det_box box = {cell->x1 + x, cell->y1 + y, cell->x2 + x,
                                cell->y2 + y};
    return box;
}

#endif
