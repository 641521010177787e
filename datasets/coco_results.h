/* SPDX-License-Identifier: MIT */
/* COCO's results files: a list of what a detector found. */
#ifndef DATASETS_COCO_RESULTS_H
#define DATASETS_COCO_RESULTS_H

#include "datasets/dataset.h"

struct det_found_object {
    uint32_t image;    /* place in the data set */
    uint32_t category; /* likewise, or DET_NO_INDEX: a category it lacks */
    double score;
    double box[4]; /* x, y, w, h in pixels; NaN: none; without a box and a mask
                      it names a class of the whole image */
    struct det_segmentation segmentation;
};

struct det_results {
    const struct det_dataset *dataset; /* whose images they name; not owned */
    struct det_found_object *objects; /* in the order they came */
    size_t count, capacity;
    size_t without_category; /* objects of categories the data set lacks */
    struct det_mapping *mappings; /* what segmentations point into ... */
    size_t num_mappings;
    struct det_text_pool texts; /* ... or this */
};

/* Map a file, append its objects and keep it mapped.  An image that the data
 * set lacks and a score that is not there are DET_ERROR_DATASET: "PATH: byte N:
 * <what>", and nothing is appended.  An empty list is right.  A text that
 * begins with a digit is one of ImageNet's, see datasets/imagenet_results.h.
 * Start with a zeroed struct. */
det_status det_coco_results_open(struct det_results *results, const char *path,
                                 const struct det_dataset *dataset,
                                 struct det_message *message);

/* The same from memory, which must outlive `results`. */
det_status det_coco_results_parse(struct det_results *results,
                                  const char *text, size_t size,
                                  const struct det_dataset *dataset,
                                  struct det_message *message);

/* Append one object; its segmentation's text must live as long. */
det_status det_results_put(struct det_results *results,
                           const struct det_found_object *object,
                           struct det_message *message);

/* Write the results as such a file, complete or not at all. */
det_status det_coco_results_write(const struct det_results *results,
                                  const struct det_dataset *dataset,
                                  const char *path,
                                  struct det_message *message);

void det_results_clear(struct det_results *results);

#endif
