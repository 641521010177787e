/* SPDX-License-Identifier: MIT */
/* From the ids of a file to places in an array. */
#ifndef DATASETS_ID_INDEX_H
#define DATASETS_ID_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

#define DET_NO_INDEX UINT32_MAX

/* Open addressing, at most half full.  Zeroed is empty. */
struct det_id_index {
    int64_t *ids;
    uint32_t *places; /* DET_NO_INDEX: free */
    size_t slots;     /* a power of two, or 0 */
    size_t count;
};

/* Remember that `id` is at `place`.  *earlier is the place it already has, in
 * which case nothing changes, or DET_NO_INDEX. */
det_status det_id_index_add(struct det_id_index *index, uint32_t *earlier,
                            int64_t id, uint32_t place,
                            struct det_message *message);

/* The place, or DET_NO_INDEX. */
uint32_t det_id_index_find(const struct det_id_index *index, int64_t id);

void det_id_index_destroy(struct det_id_index *index);

#endif
