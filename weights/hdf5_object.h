/* SPDX-License-Identifier: MIT */
/* An object of an HDF5 file, a group or an array: its header, which is a list
 * of messages ("Version 1 Data Object Header Prefix"). */
#ifndef WEIGHTS_HDF5_OBJECT_H
#define WEIGHTS_HDF5_OBJECT_H

#include "weights/hdf5.h"

/* The messages that are read, each as a part; .file is NULL where there is
 * none.  A group has a symbol table, an array the other three. */
struct det_hdf5_object {
    struct det_hdf5 *file;
    size_t at; /* of the header */
    struct det_hdf5_part symbol_table, dataspace, datatype, layout;
};

bool det_hdf5_is_group(const struct det_hdf5_object *object);

/* The object whose header is at `address`. */
det_status det_hdf5_object_read(struct det_hdf5_object *out,
                                struct det_hdf5 *file, uint64_t address);

#endif
