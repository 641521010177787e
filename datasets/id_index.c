/* SPDX-License-Identifier: MIT */
#include "datasets/id_index.h"

#include <stdlib.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 64 };

/* The slot that holds `id`, or the free one where it belongs.  The product
 * spreads ids that follow each other (Fibonacci hashing). */
static size_t slot_of(const struct det_id_index *index, int64_t id)
{
    const size_t mask = index->slots - 1;
    size_t slot = ((uint64_t)id * 0x9E3779B97F4A7C15u >> 20) & mask;
    while (index->places[slot] != DET_NO_INDEX && index->ids[slot] != id)
        slot = (slot + 1) & mask;
    return slot;
}

static void put(struct det_id_index *index, int64_t id, uint32_t place)
{
    const size_t slot = slot_of(index, id);
    index->ids[slot] = id;
    index->places[slot] = place;
}

static det_status grow(struct det_id_index *index, struct det_message *message)
{
    struct det_id_index larger = {.count = index->count};
    larger.slots = index->slots ? 2 * index->slots : FIRST_SLOTS;
    DET_TRY(
        det_allocate(&larger.ids, larger.slots, sizeof *larger.ids, message));
    const det_status status = det_allocate(&larger.places, larger.slots,
                                           sizeof *larger.places, message);
    if (status != DET_OK) {
        free(larger.ids);
        return status;
    }
    for (size_t i = 0; i < larger.slots; i++)
        larger.places[i] = DET_NO_INDEX;
    for (size_t i = 0; i < index->slots; i++)
        if (index->places[i] != DET_NO_INDEX)
            put(&larger, index->ids[i], index->places[i]);
    det_id_index_destroy(index);
    *index = larger;
    return DET_OK;
}

det_status det_id_index_add(struct det_id_index *index, uint32_t *earlier,
                            int64_t id, uint32_t place,
                            struct det_message *message)
{
    *earlier = det_id_index_find(index, id);
    if (*earlier != DET_NO_INDEX)
        return DET_OK;
    if (2 * (index->count + 1) > index->slots)
        DET_TRY(grow(index, message));
    put(index, id, place);
    index->count++;
    return DET_OK;
}

uint32_t det_id_index_find(const struct det_id_index *index, int64_t id)
{
    return index->slots ? index->places[slot_of(index, id)] : DET_NO_INDEX;
}

void det_id_index_destroy(struct det_id_index *index)
{
    free(index->ids);
    free(index->places);
    *index = (struct det_id_index){0};
}
