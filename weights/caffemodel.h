/* SPDX-License-Identifier: MIT */
/*
 * Caffe's files (BVLC/caffe src/caffe/proto/caffe.proto): a .caffemodel, which
 * is a NetParameter of layers with blobs, and a .binaryproto, which is one
 * BlobProto, the mean image of a data set.
 */
#ifndef WEIGHTS_CAFFEMODEL_H
#define WEIGHTS_CAFFEMODEL_H

#include "weights/weights.h"

/* Metadata "format" of what these readers return. */
#define DET_CAFFEMODEL_FORMAT "caffemodel"

/* What is taken: ResNet-152, the largest of its time, has 932 blobs. */
enum { DET_CAFFE_MOST_BLOBS = 65536, DET_CAFFE_LONGEST_NAME = 200 /* bytes */ };

/* Whether the bytes begin like such a file. */
bool det_is_caffemodel(const uint8_t *data, size_t size);
bool det_is_binaryproto(const uint8_t *data, size_t size);

/*
 * Blob i of a layer becomes the array "<layer>.<i>", of F32 or F64, in the
 * file's order; "conv1.0" are weights and "conv1.1" biases.  Layers of before
 * 2015 (V1) and since, packed numbers and single ones, shapes and the four old
 * sides are read.  The data of most blobs stay where they are: `data` must
 * outlive `out`.  On failure, "byte N: ...", the caller destroys `out`.
 */
det_status det_caffemodel_parse(struct det_weights *out, const uint8_t *data,
                                size_t size, struct det_message *message);

/* The one array is called "mean", [1, C, H, W] as a rule. */
det_status det_binaryproto_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message);

#endif
