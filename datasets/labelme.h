/* SPDX-License-Identifier: MIT */
/* LabelMe's files: one JSON for each image. */
#ifndef DATASETS_LABELME_H
#define DATASETS_LABELME_H

#include "datasets/dataset.h"

/* Read all FOLDER/NAME.json, sorted by name.  Polygons, rectangles and
 * masks are objects, circles are drawn as polygons, and shapes of one label and
 * one group_id are parts of one object; points and lines are no objects and are
 * passed over, with a warning in the log.  Categories are in the order of their
 * first object, with ids from 1 on.  DET_ERROR_DATASET: "PATH: byte N:
 * <what>". */
det_status det_labelme_open(struct det_dataset *out, const char *folder,
                            struct det_message *message);

#endif
