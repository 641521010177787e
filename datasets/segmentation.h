/* SPDX-License-Identifier: MIT */
/*
 * The outline of an object as a data set gives it, in COCO's notation, and as
 * a mask.  It stays text until somebody asks: most of an annotation file is
 * polygons, and boxes are scored without them.
 */
#ifndef DATASETS_SEGMENTATION_H
#define DATASETS_SEGMENTATION_H

#include "base/json_reader.h"
#include "datasets/text_pool.h"
#include "geometry/polygon.h"

enum det_segmentation_kind {
    DET_SEGMENTATION_NONE,
    DET_SEGMENTATION_POLYGONS, /* [[x, y, x, y, ...], ...] */
    DET_SEGMENTATION_RUNS,     /* [12, 3, ...]: run lengths as numbers */
    DET_SEGMENTATION_TEXT,     /* run lengths as compressed text */
};

struct det_segmentation {
    enum det_segmentation_kind kind;
    int32_t width, height;     /* pixels, of runs and text; else 0 */
    struct det_json_span span; /* valid as long as the file's text */
};

/* Memory for det_segmentation_mask, used again.  Zero it before its first
 * use. */
struct det_segmentation_scratch {
    double *numbers;
    size_t capacity;
    char *text;
    size_t text_capacity;
    struct det_polygon_scratch polygon;
};

void det_segmentation_scratch_destroy(struct det_segmentation_scratch *scratch);

/* Read the value of a "segmentation" key: a list of polygons, or an object
 * with "size" and "counts".  The syntax is checked, the numbers are not. */
det_status det_segmentation_read(struct det_segmentation *out,
                                 struct det_json_reader *reader);

/* The mask; several polygons are united.  Polygons are drawn in width x
 * height; runs have a size of their own.  As in cocoapi's _mask.pyx a list of
 * lists of 4 numbers is one of boxes (x, y, w, h).  DET_ERROR_FORMAT says what
 * is wrong, with the position.  On failure *out is zeroed. */
det_status det_segmentation_mask(struct det_rle *out,
                                 struct det_segmentation_scratch *scratch,
                                 const struct det_segmentation *segmentation,
                                 int32_t width, int32_t height,
                                 struct det_message *message);

/* A mask as compressed text in `texts`, as it would stand in a file. */
det_status det_segmentation_keep(struct det_segmentation *out,
                                 struct det_text_pool *texts,
                                 const det_mask *mask,
                                 struct det_message *message);

/* Call `fn` for each polygon, of `points` (x, y) pairs, until it fails. */
typedef det_status (*det_polygon_fn)(void *user, const double *xy,
                                     size_t points);
det_status
det_segmentation_each_polygon(struct det_segmentation_scratch *scratch,
                              const struct det_segmentation *segmentation,
                              det_polygon_fn fn, void *user,
                              struct det_message *message);

#endif
