/* SPDX-License-Identifier: MIT */
/*
 * A weight file in memory: named arrays and text metadata, whatever container
 * they came from.  Everything is validated when it is read: the last element
 * that shape and strides reach lies inside the storage.
 */
#ifndef WEIGHTS_WEIGHTS_H
#define WEIGHTS_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "base/message.h"

enum det_dtype {
    DET_DTYPE_F64,
    DET_DTYPE_F32,
    DET_DTYPE_F16,
    DET_DTYPE_BF16,
    DET_DTYPE_I64,
    DET_DTYPE_I32,
    DET_DTYPE_I16,
    DET_DTYPE_I8,
    DET_DTYPE_U8,
    DET_DTYPE_BOOL,
    DET_DTYPES
};

/* As safetensors spells it: "F32". */
const char *det_dtype_name(enum det_dtype dtype);
size_t det_dtype_size(enum det_dtype dtype); /* bytes */

enum { DET_WEIGHT_RANK = 8 };

struct det_weight {
    char *name;
    enum det_dtype dtype;
    int32_t rank;
    int64_t shape[DET_WEIGHT_RANK];
    int64_t stride[DET_WEIGHT_RANK]; /* elements, >= 0 */
    const uint8_t *data;             /* first element; any alignment; may be
                                        NULL when there are no elements */
};

struct det_weights_pair {
    char *key, *value;
};

struct det_weights {
    struct det_weight *items; /* in the file's order */
    size_t count, capacity;
    size_t *order; /* indices of items by name; det_weights_finish makes it */
    struct det_weights_pair *metadata;
    size_t num_metadata;
    struct det_mapping mapping; /* what items may point into... */
    void **blocks;              /* ... or these, freed with free() */
    size_t num_blocks;
};

/* ------------------------------------------------------------------ reading */

/* The array or text of a name; NULL when there is none. */
const struct det_weight *det_weights_find(const struct det_weights *weights,
                                          const char *name);
const char *det_weights_metadata(const struct det_weights *weights,
                                 const char *key);

/* Elements: the product of the shape. */
size_t det_weight_count(const struct det_weight *weight);

/* Row-major floats [det_weight_count]; other types are converted. */
void det_weight_copy_f32(float *out, const struct det_weight *weight);

/* Make every array of F16, BF16 or misaligned F32 an aligned one of F32, in
 * memory of the weights. */
det_status det_weights_make_floats(struct det_weights *weights,
                                   struct det_message *message);

/* DET_ERROR_MODEL names the first NaN or infinity by tensor and index. */
det_status det_weight_check_finite(const struct det_weight *weight,
                                   struct det_message *message);
/* The same for every array. */
det_status det_weights_check_finite(const struct det_weights *weights,
                                    struct det_message *message);

void det_weights_destroy(struct det_weights *weights);

/* ---------------------------------------------- building, for the containers */

/* The last element reached by shape and strides plus one, in elements; false
 * when that overflows or a number is negative. */
bool det_weight_extent(size_t *out, const struct det_weight *weight);

/* Fill in row-major strides; false on overflow or a negative side. */
bool det_weight_set_contiguous(struct det_weight *weight);

/* A container's reader, of bytes that outlive `out`. */
typedef det_status (*det_weights_parse)(struct det_weights *out,
                                        const uint8_t *data, size_t size,
                                        struct det_message *message);
/* Map a file and read it; it stays mapped as long as `out` is there.  Messages
 * begin with the path. */
det_status det_weights_map(struct det_weights *out, const char *path,
                           det_weights_parse parse,
                           struct det_message *message);

/* Append a copy of `weight` under a copy of its name. */
det_status det_weights_add(struct det_weights *weights,
                           const struct det_weight *weight,
                           struct det_message *message);
det_status det_weights_add_metadata(struct det_weights *weights,
                                    const char *key, const char *value,
                                    struct det_message *message);
/* `block` (from malloc) is freed with the weights, or at once on failure. */
det_status det_weights_keep_block(struct det_weights *weights, void *block,
                                  struct det_message *message);
/* Make names searchable; DET_ERROR_MODEL names one that occurs twice. */
det_status det_weights_finish(struct det_weights *weights,
                              struct det_message *message);

#endif
