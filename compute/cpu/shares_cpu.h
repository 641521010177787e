/* SPDX-License-Identifier: MIT */
/*
 * A team's pieces of work, as a rule places of a map in order.  Each thread has
 * an equal run of them, the same from layer to layer: what it reads is mostly
 * what it wrote itself, and still in its own caches.  Who has none left takes
 * the last of another's.
 */
#ifndef COMPUTE_CPU_SHARES_CPU_H
#define COMPUTE_CPU_SHARES_CPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/compute.h"

struct det_shares {
    int count; /* of threads */
    atomic_uint_fast64_t
        left[DET_MOST_THREADS]; /* first, and behind the last */
};

/* For up to DET_MOST_THREADS, fewer than 2^32 pieces. */
void det_shares_init(struct det_shares *shares, int64_t pieces, int threads);

/* A piece for one of the threads, from 0; false where none is left. */
bool det_shares_take(struct det_shares *shares, int thread, int64_t *piece);

#endif
