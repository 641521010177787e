/* SPDX-License-Identifier: MIT */
/* The box around points. */
#ifndef DATASETS_EXTENT_BOX_H
#define DATASETS_EXTENT_BOX_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct det_extent_box {
    double left, top, right, bottom; /* pixels */
};

static inline struct det_extent_box det_extent_none(void)
{
    return (struct det_extent_box){INFINITY, INFINITY, -INFINITY, -INFINITY};
}

/* Widen it by (x, y) pairs. */
static inline void det_extent_add(struct det_extent_box *extent,
                                  const double *xy, size_t points)
{
    for (size_t i = 0; i < points; i++) {
        extent->left = fmin(extent->left, xy[2 * i]);
        extent->right = fmax(extent->right, xy[2 * i]);
        extent->top = fmin(extent->top, xy[2 * i + 1]);
        extent->bottom = fmax(extent->bottom, xy[2 * i + 1]);
    }
}

/* As x, y, w, h. */
static inline void det_extent_box_of(const struct det_extent_box *extent,
                                     double box[4])
{
    box[0] = extent->left;
    box[1] = extent->top;
    box[2] = extent->right - extent->left;
    box[3] = extent->bottom - extent->top;
}

/* Is each side of the box x, y, w, h within a pixel of it?  Boxes are often
 * those of masks, whose pixels stand out a little. */
static inline bool det_extent_fits(const struct det_extent_box *extent,
                                   const double box[4])
{
    return fabs(extent->left - box[0]) <= 1 &&
           fabs(extent->top - box[1]) <= 1 &&
           fabs(extent->right - box[0] - box[2]) <= 1 &&
           fabs(extent->bottom - box[1] - box[3]) <= 1;
}

#endif
