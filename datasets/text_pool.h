/* SPDX-License-Identifier: MIT */
/* Many short texts that live and die together. */
#ifndef DATASETS_TEXT_POOL_H
#define DATASETS_TEXT_POOL_H

#include <stddef.h>

#include "base/message.h"

struct det_text_block;

/* Zeroed is an empty pool. */
struct det_text_pool {
    struct det_text_block *blocks; /* the newest first */
};

/* A copy of text [size] with a final 0, valid as long as the pool. */
det_status det_text_pool_add(struct det_text_pool *pool, const char **out,
                             const char *text, size_t size,
                             struct det_message *message);

void det_text_pool_destroy(struct det_text_pool *pool);

#endif
