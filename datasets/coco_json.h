/* SPDX-License-Identifier: MIT */
/* COCO's "instances" files (https://cocodataset.org/#format-data). */
#ifndef DATASETS_COCO_JSON_H
#define DATASETS_COCO_JSON_H

#include "datasets/dataset.h"

/* Map and read a file, which stays mapped.  Keys in any order; unknown ones
 * are passed over.  DET_ERROR_DATASET: "PATH: byte N: <what>". */
det_status det_coco_json_open(struct det_dataset *out, const char *path,
                              struct det_message *message);

/* The same from memory, which must outlive `out`. */
det_status det_coco_json_parse(struct det_dataset *out, const char *text,
                               size_t size, struct det_message *message);

#endif
