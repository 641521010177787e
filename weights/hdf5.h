/* SPDX-License-Identifier: MIT */
/*
 * HDF5 files as they lie in memory ("HDF5 File Format Specification Version
 * 3.0"), in the form that libhdf5 1.8 to 1.14 writes unless it is told
 * otherwise: a superblock of version 0 or 1 and addresses of 8 bytes.
 *
 * Nothing is copied, and nothing recurses.  Every part of a file is reached
 * by an address inside of it, so a damaged file may lead round in a circle, or
 * to the same part from a million places.  An honest one uses each of its bytes
 * once: the parts that are entered may have as many bytes together as the file.
 */
#ifndef WEIGHTS_HDF5_H
#define WEIGHTS_HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_hdf5 {
    const uint8_t *data; /* borrowed */
    size_t size;
    size_t unused; /* bytes that parts may still have */
    struct det_message *message;
};

/* A part of a file, and how far it has been read: at <= end <= file->size. */
struct det_hdf5_part {
    struct det_hdf5 *file;
    const char *what; /* "object header", for messages */
    size_t at, end;   /* offsets in the file */
};

/* An address of all ones says that there is nothing. */
#define DET_HDF5_NOWHERE UINT64_MAX

/* Whether the bytes begin like such a file, of any version. */
bool det_is_hdf5(const uint8_t *data, size_t size);

/* *root is the address of the root group's object header.  DET_ERROR_MODEL
 * when the file is of another version, or shorter than it says. */
det_status det_hdf5_open(struct det_hdf5 *out, uint64_t *root,
                         const uint8_t *data, size_t size,
                         struct det_message *message);

/* --------------------------------------- parts: all fail with "byte N: ..." */

/* The `size` bytes at `address`; fails when they are not in the file, or have
 * been entered too often. */
det_status det_hdf5_enter(struct det_hdf5_part *out, struct det_hdf5 *file,
                          uint64_t address, uint64_t size, const char *what);

/* A little-endian number of 1 to 8 bytes, and what is behind it next. */
det_status det_hdf5_take(struct det_hdf5_part *part, uint64_t *out,
                         size_t bytes);
det_status det_hdf5_skip(struct det_hdf5_part *part, size_t bytes);

/* The next bytes are this text ("SNOD"), and then a version. */
det_status det_hdf5_expect(struct det_hdf5_part *part, const char *signature);
det_status det_hdf5_expect_version(struct det_hdf5_part *part,
                                   unsigned version);

#endif
