/* SPDX-License-Identifier: MIT */
#include "compute/cuda/recording_cuda.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/device_cuda.h"

static void forget(struct det_recording *r)
{
    if (r->graph)
        cudaGraphExecDestroy(r->graph);
    free(r->name);
    *r = (struct det_recording){.used = 0};
}

void det_recordings_clear(struct det_recordings *recordings)
{
    for (int i = 0; i < DET_CUDA_RECORDINGS; i++)
        forget(&recordings->items[i]);
}

static struct det_recorded_memory memory_of(const struct det_compute *compute)
{
    return (struct det_recorded_memory){.arena = compute->arena->memory,
                                        .host = compute->host->memory,
                                        .workspace =
                                            compute->device->workspace};
}

static bool is_same_memory(const struct det_recorded_memory *a,
                           const struct det_recorded_memory *b)
{
    return a->arena == b->arena && a->host == b->host &&
           a->workspace == b->workspace;
}

/* The one of this name, or NULL. */
static struct det_recording *find(struct det_recordings *all, const void *name,
                                  size_t size)
{
    for (int i = 0; i < DET_CUDA_RECORDINGS; i++) {
        struct det_recording *r = &all->items[i];
        if (r->name && r->size == size && memcmp(r->name, name, size) == 0)
            return r;
    }
    return NULL;
}

/* A free place, or that of the one that was not met for longest. */
static struct det_recording *oldest(struct det_recordings *all)
{
    struct det_recording *found = &all->items[0];
    for (int i = 1; i < DET_CUDA_RECORDINGS; i++)
        if (all->items[i].used < found->used)
            found = &all->items[i];
    return found;
}

/* It is met for the first time, in this memory at least. */
static det_status meet(struct det_compute *compute, struct det_recording *r,
                       const void *name, size_t size)
{
    forget(r);
    DET_TRY(det_allocate(&r->name, size, 1, compute->message));
    memcpy(r->name, name, size);
    r->size = size;
    r->memory = memory_of(compute);
    r->used = compute->device->recordings.met;
    return DET_OK;
}

det_status det_must_not_record(const struct det_compute *compute,
                               const char *what)
{
    return compute->device->recordings.capturing
               ? det_fail(compute->message, DET_ERROR_DEVICE,
                          "%s cannot be recorded", what)
               : DET_OK;
}

static det_status capture(struct det_compute *compute)
{
    struct det_recordings *all = &compute->device->recordings;
    /* Other threads, with devices of their own, may allocate meanwhile. */
    DET_TRY(
        det_cuda_check(compute->message,
                       cudaStreamBeginCapture(compute->device->stream,
                                              cudaStreamCaptureModeThreadLocal),
                       "cudaStreamBeginCapture"));
    all->capturing = compute->recording = true;
    return DET_OK;
}

det_status det_record_begin_cuda(struct det_compute *compute, const void *name,
                                 size_t size)
{
    struct det_recordings *all = &compute->device->recordings;
    const struct det_recorded_memory memory = memory_of(compute);
    struct det_recording *r = find(all, name, size);
    all->met++;
    if (!r || !is_same_memory(&r->memory, &memory))
        return meet(compute, r ? r : oldest(all), name, size);
    r->used = all->met;
    if (r->unfit)
        return DET_OK;
    all->open = r;
    compute->playing = r->graph != NULL;
    return compute->playing ? DET_OK : capture(compute);
}

/* The stream runs again; what it was asked for becomes open->graph. */
static det_status finish_capture(struct det_compute *compute)
{
    struct det_recordings *all = &compute->device->recordings;
    cudaGraph_t graph = NULL;
    cudaError_t error = cudaStreamEndCapture(compute->device->stream, &graph);
    all->capturing = false;
    if (error == cudaSuccess)
        error = cudaGraphInstantiate(&all->open->graph, graph, 0);
    if (graph)
        cudaGraphDestroy(graph);
    if (error != cudaSuccess)
        all->open->graph = NULL;
    return det_cuda_check(compute->message, error, "cudaGraphInstantiate");
}

/* It stays open after a failure, for det_record_drop_cuda. */
det_status det_record_end_cuda(struct det_compute *compute, bool playing)
{
    struct det_recordings *all = &compute->device->recordings;
    if (!all->open)
        return DET_OK;
    if (!playing)
        DET_TRY(finish_capture(compute));
    /* The first launch sends the graph to the device, which may be full. */
    DET_TRY(det_cuda_check(
        compute->message,
        cudaGraphLaunch(all->open->graph, compute->device->stream),
        "cudaGraphLaunch"));
    all->open = NULL;
    return DET_OK;
}

/* Not what the program itself found, or a user who stopped it. */
static bool is_of_device(det_status status)
{
    return status == DET_ERROR_DEVICE || status == DET_ERROR_MEMORY;
}

static void break_off_capture(struct det_compute *compute)
{
    cudaGraph_t graph = NULL;
    cudaStreamEndCapture(compute->device->stream, &graph);
    if (graph)
        cudaGraphDestroy(graph);
    cudaGetLastError(); /* or the next launch would report it */
}

bool det_record_drop_cuda(struct det_compute *compute, det_status status)
{
    struct det_recordings *all = &compute->device->recordings;
    struct det_recording *r = all->open;
    if (all->capturing)
        break_off_capture(compute);
    all->capturing = false;
    all->open = NULL;
    if (!r || !is_of_device(status))
        return false;
    if (r->graph)
        cudaGraphExecDestroy(r->graph);
    r->graph = NULL;
    r->unfit = true;
    return true;
}
