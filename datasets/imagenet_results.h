/* SPDX-License-Identifier: MIT */
/*
 * What is sent in to ImageNet's challenges (ILSVRC devkit, readme.txt): a line
 * for each image in the order of the images' file names, without their folders;
 * in it the guesses, best first, each a label or, for localization, a label and
 * a box: LABEL XMIN YMIN XMAX YMAX, corners from 1 on and inside the box.
 */
#ifndef DATASETS_IMAGENET_RESULTS_H
#define DATASETS_IMAGENET_RESULTS_H

#include "datasets/coco_results.h"

/* Whether the text begins with a digit, as no JSON file of results does. */
bool det_imagenet_results_are(const char *text, size_t size);

/* Append the guesses to the results.  Label N is the Nth category by id, 0
 * stands for nothing, scores are 1, 1/2, 1/3, ...  There are boxes when every
 * line has a multiple of five numbers, and one has more than five, or the data
 * set has boxes and all that would be corners are in order.  DET_ERROR_DATASET
 * names the line that is wrong. */
det_status det_imagenet_results_parse(struct det_results *results,
                                      const char *text, size_t size,
                                      const struct det_dataset *dataset,
                                      struct det_message *message);

#endif
