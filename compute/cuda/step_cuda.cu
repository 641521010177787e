/* SPDX-License-Identifier: MIT */
#include "compute/cuda/kernel_cuda.h"

static __global__ void scale(float *values, int64_t count, float by)
{
    DET_EACH_ELEMENT (i, count)
        values[i] *= by;
}

/* ---------------------------------------------------------------------- SGD
 * Many arrays in one launch: they are cut into chunks, which are numbered
 * through, and a block looks its chunk's array up. */

enum { CHUNK = 4096 /* elements */, MOST_ARRAYS = 256 /* of a launch */ };

struct piece {
    struct det_sgd_array array;
    int64_t first; /* of its chunks */
};

/* The last one that begins at `chunk` or before. */
static __device__ const struct piece *piece_of(const struct piece *pieces,
                                               int count, int64_t chunk)
{
    int low = 0, high = count;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (pieces[middle].first <= chunk)
            low = middle;
        else
            high = middle;
    }
    return &pieces[low];
}

static __global__ void update(struct det_sgd_update op,
                              const struct piece *pieces, int64_t chunks)
{
    for (int64_t chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x) {
        const struct piece piece = *piece_of(pieces, op.num_arrays, chunk);
        const struct det_sgd_array a = piece.array;
        const int64_t begin = (chunk - piece.first) * CHUNK;
        const int64_t end = a.count - begin < CHUNK ? a.count : begin + CHUNK;
        for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) {
            const float g = a.gradient[i] * op.scale + a.decay * a.value[i];
            const float momentum = op.keep * a.momentum[i] + g;
            a.momentum[i] = momentum;
            a.value[i] -=
                a.rate * (op.nesterov ? g + op.keep * momentum : momentum);
        }
    }
}

/* op->num_arrays <= MOST_ARRAYS */
static det_status launch_update(struct det_compute *compute,
                                const struct det_sgd_update *op)
{
    struct piece pieces[MOST_ARRAYS];
    const struct piece *staged;
    int64_t chunks = 0;
    for (int32_t k = 0; k < op->num_arrays; k++) {
        pieces[k].array = op->arrays[k];
        pieces[k].first = chunks;
        chunks += (op->arrays[k].count + CHUNK - 1) / CHUNK;
    }
    if (chunks == 0)
        return DET_OK;
    DET_TRY(det_stage_array(compute, &staged, pieces,
                            (size_t)op->num_arrays * sizeof *pieces));
    const unsigned most = DET_MOST_BLOCKS;
    DET_LAUNCH(update, chunks < most ? (unsigned)chunks : most, DET_BLOCK,
               compute->device->stream, *op, staged, chunks);
    return det_launched(compute, "sgd_update");
}

/* ---------------------------------------------------------------------------
 */

static __global__ void average(struct det_average op)
{
    DET_EACH_ELEMENT (i, op.count)
        op.averages[i] += op.part * (op.values[i] - op.averages[i]);
}

/* Sums of squares: of the blocks first, then of those, each in one order. */
enum { MOST_SUMS = 512 };

static __global__ void sum_squares(const float *values, int64_t count,
                                   double *partial)
{
    __shared__ double room[DET_BLOCK];
    double sum = 0.0;
    DET_EACH_ELEMENT (i, count)
        sum += (double)values[i] * (double)values[i];
    sum = det_block_sum(sum, room);
    if (threadIdx.x == 0)
        partial[blockIdx.x] = sum;
}

static __global__ void sum_partial(const double *partial, int count, double *to)
{
    __shared__ double room[DET_BLOCK];
    double sum = 0.0;
    for (int i = (int)threadIdx.x; i < count; i += DET_BLOCK)
        sum += partial[i];
    sum = det_block_sum(sum, room);
    if (threadIdx.x == 0)
        *to = sum;
}

extern "C" {

det_status det_clear_cuda(struct det_compute *compute, float *values,
                          int64_t count)
{
    return det_cuda_check(compute->message,
                          cudaMemsetAsync(values, 0,
                                          (size_t)count * sizeof *values,
                                          compute->device->stream),
                          "cudaMemsetAsync");
}

det_status det_scale_cuda(struct det_compute *compute, float *values,
                          int64_t count, float by)
{
    DET_LAUNCH_EACH(scale, count, compute, values, count, by);
    return det_launched(compute, "scale");
}

det_status det_square_sum_cuda(struct det_compute *compute, double *sum,
                               const float *values, int64_t count)
{
    double *to, *partial = (double *)compute->device->workspace;
    const int64_t most = MOST_SUMS;
    const int64_t needed = (count + DET_BLOCK - 1) / DET_BLOCK;
    const unsigned blocks = (unsigned)(needed < 1      ? 1
                                       : needed < most ? needed
                                                       : most);
    DET_TRY(det_sum_take(compute, &to, sum));
    DET_LAUNCH_BLOCKS(sum_squares, blocks, DET_BLOCK, compute->device->stream,
                      values, count, partial);
    DET_LAUNCH_BLOCKS(sum_partial, 1, DET_BLOCK, compute->device->stream,
                      partial, (int)blocks, to);
    const det_status status = det_launched(compute, "square_sum");
    if (status != DET_OK)
        det_sum_give_up(&compute->device->sums);
    return status;
}

det_status det_sgd_update_cuda(struct det_compute *compute,
                               const struct det_sgd_update *op)
{
    const int32_t most = MOST_ARRAYS;
    struct det_sgd_update part = *op;
    for (int32_t k = 0; k < op->num_arrays; k += most) {
        part.arrays = op->arrays + k;
        part.num_arrays = op->num_arrays - k < most ? op->num_arrays - k : most;
        DET_TRY(launch_update(compute, &part));
    }
    return DET_OK;
}

det_status det_average_cuda(struct det_compute *compute,
                            const struct det_average *op)
{
    DET_LAUNCH_EACH(average, op->count, compute, *op);
    return det_launched(compute, "average");
}

} /* extern "C" */
