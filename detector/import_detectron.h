/* SPDX-License-Identifier: MIT */
/*
 * Weights of Detectron (2018, on Caffe2): a pickled dict "blobs" of arrays by
 * Caffe2's names.  Its norms are a scale and a shift, "_bn_s" and "_bn_b", into
 * which the statistics went before the training; they come out as norms of mean
 * 0 and variance 1.
 */
#ifndef DETECTOR_IMPORT_DETECTRON_H
#define DETECTOR_IMPORT_DETECTRON_H

#include "compute/parameter.h"
#include "weights/weights.h"

/* Whether the names are Detectron's. */
bool det_weights_are_detectron(const struct det_weights *weights);

/* The network's name for one of Detectron's; false when it is no parameter, as
 * momenta.  Unknown names come out unchanged. */
bool det_rename_detectron(char out[DET_NAME_SIZE], const char *name);

/* The tensors of `out` may point into `file`, which must outlive them. */
det_status det_import_detectron(struct det_weights *out,
                                const struct det_weights *file,
                                struct det_message *message);

#endif
