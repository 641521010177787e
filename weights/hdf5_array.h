/* SPDX-License-Identifier: MIT */
/* An array of an HDF5 file, what HDF5 calls a dataset: floating-point numbers
 * that lie in one piece. */
#ifndef WEIGHTS_HDF5_ARRAY_H
#define WEIGHTS_HDF5_ARRAY_H

#include "weights/hdf5_object.h"
#include "weights/weights.h"

/*
 * Fill in all of `out` but its name, which is for messages.  F32 or F64; the
 * data stay in the file.  DET_ERROR_MODEL when `object` is no array, or one of
 * other numbers, or stored in chunks, or not as large as its shape.
 */
det_status det_hdf5_array_read(struct det_weight *out,
                               const struct det_hdf5_object *object);

#endif
