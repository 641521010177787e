/* SPDX-License-Identifier: MIT */
#include "train/sample_order.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

det_status det_sample_order_create(struct det_sample_order *out, size_t count,
                                   uint64_t seed, struct det_message *message)
{
    *out = (struct det_sample_order){.count = count, .seed = seed};
    if (count < 1 || count > UINT32_MAX)
        return det_fail(message, DET_ERROR_DATASET,
                        "%zu images to learn from; at least 1 is needed",
                        count);
    pthread_mutex_init(&out->lock, NULL);
    for (int i = 0; i < DET_ORDER_EPOCHS; i++) {
        out->epochs[i].epoch = UINT64_MAX;
        const det_status status =
            det_allocate(&out->epochs[i].items, count,
                         sizeof *out->epochs[i].items, message);
        if (status != DET_OK) {
            det_sample_order_destroy(out);
            return status;
        }
    }
    return DET_OK;
}

void det_sample_order_destroy(struct det_sample_order *order)
{
    if (order->count == 0)
        return;
    for (int i = 0; i < DET_ORDER_EPOCHS; i++)
        free(order->epochs[i].items);
    pthread_mutex_destroy(&order->lock);
    *order = (struct det_sample_order){0};
}

size_t det_sample_order_at(struct det_sample_order *order, uint64_t place)
{
    const uint64_t epoch = place / order->count;
    const int slot = (int)(epoch % DET_ORDER_EPOCHS);
    pthread_mutex_lock(&order->lock);
    if (order->epochs[slot].epoch != epoch) {
        struct det_random random =
            det_random_of(order->seed, "sample order", epoch);
        det_random_permutation(&random, order->epochs[slot].items,
                               order->count);
        order->epochs[slot].epoch = epoch;
    }
    const size_t item = order->epochs[slot].items[place % order->count];
    pthread_mutex_unlock(&order->lock);
    return item;
}
