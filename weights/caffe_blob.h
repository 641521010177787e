/* SPDX-License-Identifier: MIT */
/* A BlobProto: one array of a .caffemodel or a .binaryproto. */
#ifndef WEIGHTS_CAFFE_BLOB_H
#define WEIGHTS_CAFFE_BLOB_H

#include "weights/protobuf.h"
#include "weights/weights.h"

/*
 * Append the blob that is the message of `reader` under a copy of `name`.  Its
 * data stay in the file when they lie in one piece, else `out` gets a copy of
 * them, which is never larger than the file.
 */
det_status det_caffe_blob_add(struct det_weights *out,
                              struct det_protobuf *reader, char *name);

#endif
