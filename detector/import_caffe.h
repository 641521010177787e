/* SPDX-License-Identifier: MIT */
/*
 * Blobs of a .caffemodel -> the parameters of torchvision's networks:
 *
 *   BatchNorm     mean and variance times 1 / factor, 0 when that is 0
 *                 (batch_norm_layer.cpp); the bias of the convolution before
 *                 it, as ResNet-50's conv1 has one, is taken off the mean
 *   Scale         weight and bias of that norm
 *   two classes   background and object of an anchor become one logit, the
 *                 difference, whose sigmoid is the softmax's second number
 *   fc6, fc7      of a classifier are convolutions
 *   1x1xNxK       of before 2015 is N x K
 */
#ifndef DETECTOR_IMPORT_CAFFE_H
#define DETECTOR_IMPORT_CAFFE_H

#include "weights/weights.h"

/* Whether a .caffemodel was read. */
bool det_weights_are_caffe(const struct det_weights *weights);

/* The tensors of `out` may point into `file`, which must outlive them.  Arrays
 * of unknown layers keep their names.  DET_ERROR_MODEL names a layer whose
 * blobs are not what its kind has. */
det_status det_import_caffe(struct det_weights *out,
                            const struct det_weights *file,
                            struct det_message *message);

#endif
