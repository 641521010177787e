/* SPDX-License-Identifier: MIT */
#include "weights/pickle_heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"

enum {
    BLOCK_SIZE = 64 << 10,
    ALIGNMENT = 16,
    /* Room beside twice the input: the pickle of a model is 200 KB. */
    SPARE = 64 << 20
};

void det_pickle_heap_init(struct det_pickle_heap *heap, size_t input_size)
{
    *heap = (struct det_pickle_heap){0};
    heap->limit = input_size < SIZE_MAX / 4 ? 2 * input_size + SPARE : SIZE_MAX;
}

static det_status add_block(struct det_pickle_heap *heap, size_t size,
                            struct det_message *message)
{
    void *block;
    if (size < BLOCK_SIZE)
        size = BLOCK_SIZE;
    if (size > heap->limit)
        return det_fail(message, DET_ERROR_LIMIT,
                        "the pickle asks for too much memory for its size");
    DET_TRY(det_reallocate(&heap->blocks, heap->num_blocks + 1,
                           sizeof *heap->blocks, message));
    DET_TRY(det_allocate(&block, size, 1, message));
    heap->blocks[heap->num_blocks++] = block;
    heap->limit -= size;
    heap->next = block;
    heap->left = size;
    return DET_OK;
}

det_status det_pickle_allocate(void *out, struct det_pickle_heap *heap,
                               size_t count, size_t size,
                               struct det_message *message)
{
    size_t bytes;
    if (!det_checked_mul(&bytes, count, size) ||
        !det_checked_round_up(&bytes, bytes, ALIGNMENT))
        return det_fail_memory(message, SIZE_MAX);
    if (bytes > heap->left)
        DET_TRY(add_block(heap, bytes, message));
    memcpy(out, &heap->next, sizeof heap->next);
    heap->next += bytes;
    heap->left -= bytes;
    return DET_OK;
}

void det_pickle_heap_destroy(struct det_pickle_heap *heap)
{
    for (size_t i = 0; i < heap->num_blocks; i++)
        free(heap->blocks[i]);
    free(heap->blocks);
    *heap = (struct det_pickle_heap){0};
}
