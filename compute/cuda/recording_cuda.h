/* SPDX-License-Identifier: MIT */
/*
 * Recordings as CUDA graphs.  A part is run as it is when it is met first, so
 * that plans are made and memory is there; recorded when it is met again in the
 * same memory; and played from then on.
 */
#ifndef COMPUTE_CUDA_RECORDING_CUDA_H
#define COMPUTE_CUDA_RECORDING_CUDA_H

#include <cuda_runtime_api.h>

#include "compute/compute.h"

/* What a graph's addresses are good for. */
struct det_recorded_memory {
    const void *arena, *host, *workspace;
};

struct det_recording {
    unsigned char *name; /* [size], a copy; NULL: a free place */
    size_t size;
    struct det_recorded_memory memory;
    cudaGraphExec_t graph; /* NULL: met once */
    bool unfit;            /* could not be recorded */
    uint64_t used;         /* when it was met last, counted in parts met */
};

/* Photos of a few sizes, with two parts each. */
enum { DET_CUDA_RECORDINGS = 32 };

struct det_recordings {
    struct det_recording items[DET_CUDA_RECORDINGS];
    struct det_recording *open; /* the one in between begin and end, or NULL */
    bool capturing;             /* it is being recorded */
    uint64_t met;
};

/* All are forgotten; the device waits for none of them. */
void det_recordings_clear(struct det_recordings *recordings);

/* An error while a recording is made: of `what`, which the next run is too late
 * for, or not to be played again. */
det_status det_must_not_record(const struct det_compute *compute,
                               const char *what);

det_status det_record_begin_cuda(struct det_compute *compute, const void *name,
                                 size_t size);
det_status det_record_end_cuda(struct det_compute *compute, bool playing);
bool det_record_drop_cuda(struct det_compute *compute, det_status status);

#endif
