/* SPDX-License-Identifier: MIT */
/* YOLO's labels: classes.txt, and labels/NAME.txt for each image NAME.jpg. */
#ifndef DATASETS_YOLO_H
#define DATASETS_YOLO_H

#include "datasets/dataset.h"

/* Read FOLDER/classes.txt and FOLDER/labels/ (or labels/LIST/ when `list` is
 * not NULL).  A line is "CLASS X Y WIDTH HEIGHT" or "CLASS X Y X Y X Y ...", in
 * parts of the image's width and height.  The sizes come from the images'
 * headers, beneath `images` (NULL: FOLDER/images); an image is found by its
 * name with .jpg, .jpeg or .png.  Category ids count from 1.
 * DET_ERROR_DATASET: "PATH: line N: <what>". */
det_status det_yolo_open(struct det_dataset *out, const char *folder,
                         const char *list, const char *images,
                         struct det_message *message);

#endif
