/* SPDX-License-Identifier: MIT */
/* Which image comes when: every epoch is a new permutation, made from the seed
 * and the epoch's number alone, so that a run can go on from any place. */
#ifndef TRAIN_SAMPLE_ORDER_H
#define TRAIN_SAMPLE_ORDER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

enum { DET_ORDER_EPOCHS = 2 }; /* neighbours, for readers that are ahead */

struct det_sample_order {
    size_t count;
    uint64_t seed;
    pthread_mutex_t lock;
    struct {
        uint32_t *items; /* [count] */
        uint64_t epoch;  /* UINT64_MAX: none yet */
    } epochs[DET_ORDER_EPOCHS];
};

/* `count` images, at least 1. */
det_status det_sample_order_create(struct det_sample_order *out, size_t count,
                                   uint64_t seed, struct det_message *message);
void det_sample_order_destroy(struct det_sample_order *order);

/* Place `place` of the endless row of epochs; 0 .. count - 1.  Any thread. */
size_t det_sample_order_at(struct det_sample_order *order, uint64_t place);

#endif
