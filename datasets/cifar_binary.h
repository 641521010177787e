/* SPDX-License-Identifier: MIT */
/* CIFAR-10's and CIFAR-100's binary files
 * (www.cs.toronto.edu/~kriz/cifar.html): records of a label byte, which
 * CIFAR-100 has a byte of the coarse label in front of, and 32 x 32 pixels:
 * red, green and blue planes in turn. */
#ifndef DATASETS_CIFAR_BINARY_H
#define DATASETS_CIFAR_BINARY_H

#include "datasets/dataset.h"

/* Read a file, or a folder's data_batch_*.bin (`list` "train" or NULL) or
 * test_batch.bin ("test"); for 100 `classes` (else 10) train.bin and test.bin,
 * whose fine labels are taken.  Class names come from batches.meta.txt
 * (fine_label_names.txt) beside them, else they are the authors'.  Ids of
 * categories count from 0; images are named FILE#RECORD, from 0 on, and keep
 * their pixels in memory: see planes in struct det_data_image; annotations have
 * no box.  DET_ERROR_DATASET names the byte that is wrong. */
det_status det_cifar_open(struct det_dataset *out, int classes,
                          const char *path, const char *list,
                          struct det_message *message);

/* How many classes, 10 or 100, the path is of, if it is such a file (by its
 * name and size) or folder (by the names in it); else 0. */
int det_cifar_is_one(const char *path);

#endif
