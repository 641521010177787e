/* SPDX-License-Identifier: MIT */
/* What annotation files and results files have in common. */
#ifndef DATASETS_COCO_FIELDS_H
#define DATASETS_COCO_FIELDS_H

#include <stdio.h>

#include "base/json_reader.h"
#include "datasets/segmentation.h"

/* Walk the members of an object: after each, `more` says whether one follows.
 * The key is taken up to its colon. */
det_status det_coco_key(struct det_json_reader *reader,
                        struct det_json_span *key);

/* An id: a whole number of 64 bits; 12.0 will do. */
det_status det_coco_id(struct det_json_reader *reader, int64_t *out);

/* [x, y, w, h].  *found is false for an empty list or null. */
det_status det_coco_box(struct det_json_reader *reader, double box[4],
                        bool *found);

/* ------------------------------------------------------------------ writing */

/* "bbox": and its value, with a comma before it; nothing for a box that is not finite. */
void det_coco_put_box(FILE *out, const double box[4]);

/* "segmentation": and its value, with a comma before it; nothing when there is
 * none.  The text is valid JSON: it came from such a file, or a reader of ours
 * wrote it in this notation. */
void det_coco_put_segmentation(FILE *out,
                               const struct det_segmentation *segmentation);

#endif
