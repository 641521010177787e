/* SPDX-License-Identifier: MIT */
/*
 * The safetensors container: u64 length, JSON header, data.  Read strictly
 * (every rule of the format's README, and the header at most 4 MiB, metadata
 * at most 4096 keys); each refusal names the byte offset in the file.
 */
#ifndef WEIGHTS_SAFETENSORS_H
#define WEIGHTS_SAFETENSORS_H

#include "weights/weights.h"

enum { DET_SAFETENSORS_MAX_HEADER = 4 << 20 };

/* Map a file; the arrays point into the mapping.  Messages begin with the
 * path. */
det_status det_safetensors_open(struct det_weights *out, const char *path,
                                struct det_message *message);

/* The same from memory, which must outlive `out`. */
det_status det_safetensors_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message);

struct det_safetensors_item {
    const char *name;
    const struct det_weight *weight; /* written as contiguous F32... */
    bool half;                       /* ... or F16 */
};

struct det_safetensors_pair {
    const char *key, *value;
};

/* Write a file, complete or not at all: items in the order given, data at a
 * multiple of 64 bytes.  DET_ERROR_LIMIT when the header would be larger than
 * det_safetensors_open accepts, DET_ERROR_MODEL when a number is too large for
 * a half. */
det_status det_safetensors_write(const char *path,
                                 const struct det_safetensors_item *items,
                                 size_t count,
                                 const struct det_safetensors_pair *metadata,
                                 size_t num_metadata,
                                 struct det_message *message);

#endif
