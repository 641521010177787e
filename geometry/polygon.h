/* SPDX-License-Identifier: MIT */
/*
 * Polygons to run-length masks.  Source of the rule: cocoapi common/maskApi.c,
 * rleFrPoly; every run is the same on all input that it defines.
 */
#ifndef GEOMETRY_POLYGON_H
#define GEOMETRY_POLYGON_H

#include "geometry/rle.h"

/* Coordinates beyond this are refused: nothing drawn is so far from its image,
 * and an edge is walked step by step. */
enum { DET_POLYGON_FARTHEST = 1 << 20 }; /* pixels */

/* Memory that is used again for polygon after polygon.  Zero it before its
 * first use. */
struct det_polygon_scratch {
    uint32_t *crossings;
    size_t count, capacity;
};

void det_polygon_scratch_destroy(struct det_polygon_scratch *scratch);

/* The mask of a polygon of `points` (x, y) pairs, at least 1, whose last point
 * is joined to the first.  Coordinates that are not finite or too far are
 * DET_ERROR_ARGUMENT.  On failure *out is zeroed. */
det_status det_polygon_rle(struct det_rle *out,
                           struct det_polygon_scratch *scratch,
                           const double *xy, size_t points, int32_t width,
                           int32_t height, struct det_message *message);

#endif
