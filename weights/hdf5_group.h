/* SPDX-License-Identifier: MIT */
/*
 * The members of a group of an HDF5 file, by name.  They lie in symbol table
 * nodes, which are the leaves of a B-tree of version 1; their names lie in a
 * local heap.
 */
#ifndef WEIGHTS_HDF5_GROUP_H
#define WEIGHTS_HDF5_GROUP_H

#include "weights/hdf5_object.h"

struct det_hdf5_member {
    const char *name; /* in the file, "" to anything */
    uint64_t object;  /* address of the header */
    size_t at;        /* of the entry in the file, for messages */
};

/* Where the walk over the members is. */
struct det_hdf5_group {
    struct det_hdf5_part names;    /* the heap's texts */
    struct det_hdf5_part children; /* rest of a B-tree's lowest node */
    struct det_hdf5_part symbols;  /* rest of a symbol table node */
    uint64_t next;                 /* the lowest node to the right */
};

/* DET_ERROR_MODEL when `object` is no group. */
det_status det_hdf5_group_open(struct det_hdf5_group *out,
                               const struct det_hdf5_object *object);

/* *found is false behind the last member. */
det_status det_hdf5_group_next(struct det_hdf5_group *group,
                               struct det_hdf5_member *out, bool *found);

#endif
