/* SPDX-License-Identifier: MIT */
/* COCO's results files: a list of what a detector found. */
#ifndef DATASETS_COCO_RESULTS_H
#define DATASETS_COCO_RESULTS_H

#include "datasets/dataset.h"

struct det_found_object {
    uint32_t image;    /* place in the data set */
    uint32_t category; /* likewise, or DET_NO_INDEX: a category it lacks */
    double score;
    double box[4]; /* x, y, w, h in pixels; NaN: none */
    struct det_segmentation segmentation;
};

struct det_results {
    struct det_found_object *objects; /* in the file's order */
    size_t count, capacity;
    size_t without_category; /* objects of categories the data set lacks */
    struct det_mapping mapping; /* what segmentations point into */
};

/* Map and read a file, which stays mapped.  An image that the data set lacks,
 * a score that is not there and an object without a box and a mask are
 * DET_ERROR_DATASET: "PATH: byte N: <what>".  An empty list is right. */
det_status det_coco_results_open(struct det_results *out, const char *path,
                                 const struct det_dataset *dataset,
                                 struct det_message *message);

/* The same from memory, which must outlive `out`. */
det_status det_coco_results_parse(struct det_results *out, const char *text,
                                  size_t size,
                                  const struct det_dataset *dataset,
                                  struct det_message *message);

void det_results_clear(struct det_results *results);

#endif
