/* SPDX-License-Identifier: MIT */
/*
 * Foreign weights -> model file.  A source's parameter names are translated to
 * the network's own (torchvision's of today), the architecture is recognised
 * from names and shapes, and then the network's own table decides: every
 * parameter must be there, of the right shape, and nothing else.
 */
#ifndef DETECTOR_IMPORT_H
#define DETECTOR_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "compute/parameter.h"
#include "detector/architecture.h"
#include "weights/weights.h"

enum det_rename {
    DET_RENAME_KEEP,   /* `out` holds the network's name */
    DET_RENAME_IGNORE, /* no parameter of ours, e.g. num_batches_tracked */
};

/* Translate one name; unknown names come out unchanged. */
enum det_rename det_rename_torchvision(char out[DET_NAME_SIZE],
                                       const char *name);
enum det_rename det_rename_detectron2(char out[DET_NAME_SIZE],
                                      const char *name);

/* Whether a list of names is Detectron2's or Caffe2's. */
bool det_names_are_detectron2(const struct det_weights *weights);

/* One tensor under the network's name. */
struct det_import_tensor {
    char name[DET_NAME_SIZE];
    const struct det_weight *weight;
    bool used;
};

/* A whole file under the network's names. */
struct det_import {
    struct det_import_tensor *tensors; /* [count] */
    size_t count;
    const char *preset; /* the one that files with such names go with */
};

/* The tensor of a name, or NULL. */
struct det_import_tensor *det_import_find(const struct det_import *import,
                                          const char *name);

/* The first architecture that names and shapes fit, or NULL. */
const struct det_architecture *det_recognise(const struct det_import *import);

#endif
