/* SPDX-License-Identifier: MIT */
#include "compute/cuda/staging_cuda.h"

#include <string.h>

#include "base/checked.h"
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/memory_cuda.h"

enum { ALIGNMENT = 256, LEAST_CAPACITY = 1 << 20 };

static void release_chunk(const struct det_chunk *chunk)
{
    cudaFreeHost(chunk->host);
    cudaFree(chunk->device);
}

void det_staging_release(struct det_staging *staging)
{
    while (staging->count > 0)
        release_chunk(&staging->chunks[--staging->count]);
}

void det_staging_restart(struct det_staging *staging)
{
    staging->used = 0;
    if (staging->count <= 1)
        return;
    const struct det_chunk last = staging->chunks[--staging->count];
    det_staging_release(staging);
    staging->chunks[0] = last;
    staging->count = 1;
}

static det_status add_chunk(struct det_staging *staging, size_t capacity,
                            struct det_message *message)
{
    void *host, *device;
    if (staging->count == DET_CUDA_CHUNKS)
        return det_fail_memory(message, capacity);
    DET_TRY(det_pinned_memory(&host, capacity, message));
    const det_status status = det_device_memory(&device, capacity, message);
    const struct det_chunk chunk = {host, device, capacity};
    if (status != DET_OK) {
        release_chunk(&chunk);
        return status;
    }
    staging->chunks[staging->count++] = chunk;
    staging->used = 0;
    return DET_OK;
}

/* The last chunk has room for `bytes` afterwards.  What earlier ones hold is
 * on its way still: they stay. */
static det_status make_room(struct det_staging *staging, size_t bytes,
                            struct det_message *message)
{
    size_t capacity = LEAST_CAPACITY;
    if (staging->count > 0) {
        const size_t last = staging->chunks[staging->count - 1].capacity;
        if (bytes <= last - staging->used)
            return DET_OK;
        capacity = 2 * last;
    }
    return add_chunk(staging, bytes > capacity ? bytes : capacity, message);
}

static det_status put(struct det_compute *compute, void **place,
                      const void *from, size_t bytes)
{
    struct det_staging *s = &compute->device->staging;
    size_t room;
    /* It would be another array when it is played. */
    DET_TRY(det_must_not_record(compute, "an array of the host's"));
    if (!det_checked_round_up(&room, bytes ? bytes : 1, ALIGNMENT))
        return det_fail_memory(compute->message, bytes);
    DET_TRY(make_room(s, room, compute->message));
    struct det_chunk *chunk = &s->chunks[s->count - 1];
    unsigned char *staged = chunk->host + s->used;
    memcpy(staged, from, bytes);
    *place = chunk->device + s->used;
    s->used += room;
    return det_cuda_check(compute->message,
                          cudaMemcpyAsync(*place, staged, bytes,
                                          cudaMemcpyHostToDevice,
                                          compute->device->stream),
                          "cudaMemcpyAsync");
}

det_status det_stage_array(struct det_compute *compute, void *out,
                           const void *from, size_t bytes)
{
    void *place = NULL;
    if (from)
        DET_TRY(put(compute, &place, from, bytes));
    memcpy(out, &place, sizeof place);
    return DET_OK;
}

det_status det_sum_take(struct det_compute *compute, double **out, double *to)
{
    struct det_device *device = compute->device;
    struct det_sums *sums = &device->sums;
    if (sums->count == DET_CUDA_SUMS) {
        DET_TRY(det_cuda_check(compute->message,
                               cudaStreamSynchronize(device->stream),
                               "cudaStreamSynchronize"));
        det_sums_arrive(sums); /* staged arrays stay: a kernel may want them */
    }
    *out = &sums->value[sums->count];
    sums->to[sums->count++] = to;
    return DET_OK;
}

void det_sum_give_up(struct det_sums *sums)
{
    sums->count--;
}

void det_sums_arrive(struct det_sums *sums)
{
    for (int i = 0; i < sums->count; i++)
        *sums->to[i] += sums->value[i];
    sums->count = 0;
}
