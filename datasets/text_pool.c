/* SPDX-License-Identifier: MIT */
#include "datasets/text_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct det_text_block {
    struct det_text_block *older;
    size_t used, size;
    char text[];
};

static det_status add_block(struct det_text_pool *pool, size_t size,
                            struct det_message *message)
{
    struct det_text_block *block;
    size_t bytes;
    if (!det_checked_add(&bytes, size, sizeof *block))
        return det_fail_memory(message, size);
    DET_TRY(det_allocate(&block, bytes, 1, message));
    block->older = pool->blocks;
    block->size = size;
    pool->blocks = block;
    return DET_OK;
}

det_status det_text_pool_add(struct det_text_pool *pool, const char **out,
                             const char *text, size_t size,
                             struct det_message *message)
{
    struct det_text_block *block = pool->blocks;
    if (!block || block->size - block->used <= size)
        DET_TRY(add_block(pool, size < BLOCK_SIZE ? BLOCK_SIZE : size + 1,
                          message));
    block = pool->blocks;
    char *copy = block->text + block->used;
    memcpy(copy, text, size);
    copy[size] = '\0';
    block->used += size + 1;
    *out = copy;
    return DET_OK;
}

void det_text_pool_destroy(struct det_text_pool *pool)
{
    while (pool->blocks) {
        struct det_text_block *older = pool->blocks->older;
        free(pool->blocks);
        pool->blocks = older;
    }
}
