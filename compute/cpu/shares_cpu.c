/* SPDX-License-Identifier: MIT */
#include "compute/cpu/shares_cpu.h"

/* A run of pieces in one word, which changes in one step. */
static uint64_t run_of(uint64_t first, uint64_t behind)
{
    return first << 32 | behind;
}

static uint64_t first_of(uint64_t run)
{
    return run >> 32;
}

static uint64_t behind_of(uint64_t run)
{
    return run & UINT32_MAX;
}

void det_shares_init(struct det_shares *shares, int64_t pieces, int threads)
{
    shares->count = threads < DET_MOST_THREADS ? threads : DET_MOST_THREADS;
    for (int i = 0; i < shares->count; i++)
        atomic_init(&shares->left[i],
                    run_of((uint64_t)(pieces * i / shares->count),
                           (uint64_t)(pieces * (i + 1) / shares->count)));
}

/* Its owner takes a run's first, others its last. */
static bool take(atomic_uint_fast64_t *left, bool is_own, int64_t *piece)
{
    uint_fast64_t run = atomic_load(left), rest;
    do {
        const uint64_t first = first_of(run), behind = behind_of(run);
        if (first == behind)
            return false;
        *piece = (int64_t)(is_own ? first : behind - 1);
        rest = is_own ? run_of(first + 1, behind) : run_of(first, behind - 1);
    } while (!atomic_compare_exchange_weak(left, &run, rest));
    return true;
}

bool det_shares_take(struct det_shares *shares, int thread, int64_t *piece)
{
    for (int i = 0; i < shares->count; i++)
        if (take(&shares->left[(thread + i) % shares->count], i == 0, piece))
            return true;
    return false;
}
