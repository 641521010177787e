/* SPDX-License-Identifier: MIT */
/*
 * Caffe's .caffemodel.h5 (BVLC/caffe src/caffe/net.cpp, Net::ToHDF5): an HDF5
 * file in which a layer is the group "/data/<layer>" and its blobs are the
 * arrays "0", "1", ... in it.  Blobs that a layer shares with another one, as
 * MNC's stages do, are with the other one only.  Gradients, in "/diff", are
 * not read.
 */
#ifndef WEIGHTS_CAFFE_HDF5_H
#define WEIGHTS_CAFFE_HDF5_H

#include "weights/weights.h"

/*
 * The same arrays as det_caffemodel_parse makes of the same net: blob i of a
 * layer is "<layer>.<i>", and those of a layer lie together, in that order.
 * Layers are in the order of their names.  A name with a "/" in it is a path of
 * groups.  The data stay where they are: `data` must outlive `out`.  On
 * failure, "byte N: ...", the caller destroys `out`.
 */
det_status det_caffe_hdf5_parse(struct det_weights *out, const uint8_t *data,
                                size_t size, struct det_message *message);

#endif
