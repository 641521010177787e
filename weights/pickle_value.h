/* SPDX-License-Identifier: MIT */
/*
 * What a pickle builds here: plain tagged values.  They live in a heap of
 * their own and refer to each other freely, cycles included; nothing walks
 * them deeper than a caller says.
 */
#ifndef WEIGHTS_PICKLE_VALUE_H
#define WEIGHTS_PICKLE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weights/weights.h"

enum det_pickle_kind {
    DET_PICKLE_NONE,
    DET_PICKLE_INTEGER, /* True and False too */
    DET_PICKLE_LONG,    /* an integer beyond 64 bits: its bytes, low first */
    DET_PICKLE_REAL,
    DET_PICKLE_TEXT, /* str, bytes and bytearray alike */
    DET_PICKLE_TUPLE,
    DET_PICKLE_LIST, /* sets too */
    DET_PICKLE_DICT,
    DET_PICKLE_GLOBAL,
    DET_PICKLE_DTYPE,   /* numpy.dtype */
    DET_PICKLE_STORAGE, /* torch.FloatStorage and its like */
    DET_PICKLE_TENSOR,  /* torch.Tensor, numpy.ndarray */
    DET_PICKLE_OPAQUE,  /* data that nobody here asks for */
    DET_PICKLE_KINDS
};

struct det_pickle_value;

/* Not ended by 0; mostly inside the file. */
struct det_pickle_text {
    const uint8_t *data;
    size_t size;
};

/* A dict holds key, value, key, value... */
struct det_pickle_sequence {
    struct det_pickle_value **items;
    size_t count, capacity;
};

struct det_pickle_dtype {
    enum det_dtype dtype;
    bool big_endian;
};

/* The data of one or several torch tensors, which lies elsewhere in the file:
 * the container sets `data`. */
struct det_pickle_storage {
    enum det_dtype dtype;
    struct det_pickle_text key;
    size_t numel;
    const uint8_t *data;
    bool found; /* data is set; it may be NULL when numel is 0 */
};

struct det_pickle_tensor {
    struct det_weight weight;           /* without a name */
    struct det_pickle_storage *storage; /* NULL: weight.data is set */
    size_t offset;                      /* first element in the storage */
};

struct det_pickle_value {
    enum det_pickle_kind kind;
    union {
        int64_t integer;
        double real;
        struct det_pickle_text text; /* and LONG */
        struct det_pickle_sequence sequence;
        const struct det_pickle_global *global;
        struct det_pickle_dtype dtype;
        struct det_pickle_storage *storage;
        struct det_pickle_tensor *tensor;
    };
};

/* "str", "dict", ...: for messages. */
const char *det_pickle_kind_name(enum det_pickle_kind kind);

bool det_pickle_text_is(const struct det_pickle_value *value, const char *text);

/* The last value under a key of a dict, or NULL. */
struct det_pickle_value *
det_pickle_dict_find(const struct det_pickle_value *dict, const char *key);

#endif
