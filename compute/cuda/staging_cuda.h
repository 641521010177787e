/* SPDX-License-Identifier: MIT */
/*
 * What goes between host and device beside the tensors: arrays of operators
 * (boxes, indices, labels) to the device, sums of losses back.  Both without
 * waiting: arrays are copied to pinned memory first, and sums are written to
 * pinned memory that the host reads after the next wait.
 */
#ifndef COMPUTE_CUDA_STAGING_CUDA_H
#define COMPUTE_CUDA_STAGING_CUDA_H

#include <stddef.h>

#include "base/message.h"

struct det_compute;
struct det_device;

struct det_chunk {
    unsigned char *host, *device; /* the same bytes, before and after */
    size_t capacity;
};

enum { DET_CUDA_CHUNKS = 32 };

/* Arrays on their way, one behind the other in the last chunk.  Where it is
 * full a larger one follows; after a wait the largest begins anew, and the
 * others go. */
struct det_staging {
    struct det_chunk chunks[DET_CUDA_CHUNKS];
    int count;
    size_t used; /* bytes of the last one */
};

/* out = where the `bytes` at `from` will be on the device, until the next wait
 * at the earliest; NULL for NULL. */
det_status det_stage_array(struct det_compute *compute, void *out,
                           const void *from, size_t bytes);

/* After a wait. */
void det_staging_restart(struct det_staging *staging);
void det_staging_release(struct det_staging *staging);

enum { DET_CUDA_SUMS = 64 }; /* on their way at the same time */

struct det_sums {
    double *value; /* [DET_CUDA_SUMS], pinned */
    double *to[DET_CUDA_SUMS];
    int count;
};

/* out = where a kernel writes (not adds) a sum that *to grows by at the next
 * wait, or earlier where too many are on their way. */
det_status det_sum_take(struct det_compute *compute, double **out, double *to);

/* The last one that was taken will not come. */
void det_sum_give_up(struct det_sums *sums);

/* After a wait. */
void det_sums_arrive(struct det_sums *sums);

#endif
