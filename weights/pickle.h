/* SPDX-License-Identifier: MIT */
/*
 * Python pickles, as data.  The reader knows the opcodes that torch.save and
 * numpy write (protocols 2 to 5, and Python 2's), and a fixed list of globals
 * each of which is a C function that checks its arguments.  It imports nothing
 * and calls nothing else: an unknown opcode or global is refused by name and
 * byte offset.
 */
#ifndef WEIGHTS_PICKLE_H
#define WEIGHTS_PICKLE_H

#include "weights/pickle_heap.h"
#include "weights/pickle_value.h"

/* Distinct storages, by key. */
struct det_pickle_storages {
    struct det_pickle_storage **items; /* on the heap of the pickle */
    size_t count, capacity;
};

struct det_pickle {
    const uint8_t *data;
    size_t size;
    size_t at;   /* next byte */
    size_t base; /* offset of data[0] in the file, for messages */
    struct det_pickle_heap heap;
    struct det_pickle_storages storages;
    struct det_message *message;
};

/* `data` must outlive the values; `base` is its offset in the file. */
void det_pickle_init(struct det_pickle *pickle, const uint8_t *data,
                     size_t size, size_t base, struct det_message *message);

/* Read one pickle from `at` to behind its STOP.  *root lives until
 * det_pickle_destroy.  DET_ERROR_MODEL: "byte N: <what>". */
det_status det_pickle_read(struct det_pickle *pickle,
                           struct det_pickle_value **root);

/* The storage of a key, or NULL. */
struct det_pickle_storage *
det_pickle_storage_find(const struct det_pickle *pickle,
                        const struct det_pickle_text *key);

void det_pickle_destroy(struct det_pickle *pickle);

#endif
