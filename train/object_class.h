/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_OBJECT_CLASS_H
#define TRAIN_OBJECT_CLASS_H

#include "base/random.h"
#include "datasets/dataset.h"

/* The label of one object of an image, which the image is then an example of;
 * -1: none has a class and a box of at least
 * a pixel, or all are crowds. */
int32_t det_object_class(const struct det_dataset *dataset, size_t image,
                         struct det_random *random);

#endif
