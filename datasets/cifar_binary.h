/* SPDX-License-Identifier: MIT */
/* CIFAR-10's binary files (www.cs.toronto.edu/~kriz/cifar.html): records of a
 * label byte and 32 x 32 pixels, red, green and blue planes in turn. */
#ifndef DATASETS_CIFAR_BINARY_H
#define DATASETS_CIFAR_BINARY_H

#include "datasets/dataset.h"

/* Read a file, or a folder's data_batch_*.bin (`list` "train" or NULL) or
 * test_batch.bin ("test").  Class names come from batches.meta.txt beside
 * them, else they are CIFAR-10's own.  Ids of categories count from 0; images
 * are named FILE#RECORD and keep their pixels in memory; annotations have no
 * box.  DET_ERROR_DATASET names the byte that is wrong. */
det_status det_cifar_open(struct det_dataset *out, const char *path,
                          const char *list, struct det_message *message);

/* Whether the path is such a file (by its size and labels) or folder. */
bool det_cifar_is_one(const char *path);

#endif
