/* SPDX-License-Identifier: MIT */
/* Memory for the values of a pickle: given back all at once, and limited, so
 * that a small file cannot ask for a large amount. */
#ifndef WEIGHTS_PICKLE_HEAP_H
#define WEIGHTS_PICKLE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_pickle_heap {
    void **blocks;
    size_t num_blocks;
    uint8_t *next; /* free room of the last block... */
    size_t left;   /* ... in bytes */
    size_t limit;  /* bytes that may still be asked of the system */
};

/* For pickles of `input_size` bytes in all. */
void det_pickle_heap_init(struct det_pickle_heap *heap, size_t input_size);

/* Zeroed room for `count` elements; DET_ERROR_LIMIT beyond the limit. */
det_status det_pickle_allocate(void *out, struct det_pickle_heap *heap,
                               size_t count, size_t size,
                               struct det_message *message);

void det_pickle_heap_destroy(struct det_pickle_heap *heap);

#endif
