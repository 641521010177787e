/* SPDX-License-Identifier: MIT */
/* One object of a results file, in and out. */
#ifndef DATASETS_COCO_OBJECT_H
#define DATASETS_COCO_OBJECT_H

#include "datasets/coco_results.h"

/* Reads objects that belong to a data set. */
struct det_object_reader {
    const struct det_dataset *dataset;
    struct det_results *out;
    int64_t last_id; /* objects of one image follow each other */
    uint32_t last_image;
    struct det_json_reader json;
};

void det_object_reader_init(struct det_object_reader *out, const char *text,
                            size_t size, const struct det_dataset *dataset,
                            struct det_results *results,
                            struct det_message *message);

/* A list of objects, appended to the results. */
det_status det_object_read_list(struct det_object_reader *reader);

/* The id of an image of the data set. */
det_status det_object_read_image(struct det_object_reader *reader,
                                 uint32_t *out);

void det_object_write(FILE *out, const struct det_dataset *dataset,
                      const struct det_found_object *object);

#endif
