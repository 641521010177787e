/* SPDX-License-Identifier: MIT */
/* Outlines of the shapes and glyphs that generated scenes are made of. */
#ifndef DATASETS_SHAPE_OUTLINE_H
#define DATASETS_SHAPE_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

enum { DET_OUTLINE_POINTS = 160, DET_OUTLINE_CONTOURS = 2 };

/* Closed contours; what lies inside an odd number of them is the shape. */
struct det_outline {
    double xy[DET_OUTLINE_POINTS][2];
    int32_t ends[DET_OUTLINE_CONTOURS]; /* one past each contour's last point */
    int32_t contours;
};

/* Names of the shapes; NULL past the last. */
const char *det_shape_name(size_t shape);
size_t det_shape_count(void);

/* How far a shape may be turned and still be itself: radians either way. */
double det_shape_turn(size_t shape);

/* The outline of a shape around (0, 0), within a radius of 1; y grows
 * downwards. */
void det_shape_outline(struct det_outline *out, size_t shape);

#endif
