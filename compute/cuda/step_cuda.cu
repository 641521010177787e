/* SPDX-License-Identifier: MIT */
#include "compute/cuda/kernel_cuda.h"

static __global__ void scale(float *values, int64_t count, float by)
{
    DET_EACH_ELEMENT (i, count)
        values[i] *= by;
}

static __global__ void update(struct det_sgd_update op)
{
    DET_EACH_ELEMENT (i, op.count) {
        const float g = op.gradient[i] * op.scale + op.decay * op.value[i];
        const float momentum = op.keep * op.momentum[i] + g;
        op.momentum[i] = momentum;
        op.value[i] -=
            op.rate * (op.nesterov ? g + op.keep * momentum : momentum);
    }
}

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
    return det_launched(compute, "square_sum");
}

det_status det_sgd_update_cuda(struct det_compute *compute,
                               const struct det_sgd_update *op)
{
    DET_LAUNCH_EACH(update, op->count, compute, *op);
    return det_launched(compute, "sgd_update");
}

det_status det_average_cuda(struct det_compute *compute,
                            const struct det_average *op)
{
    DET_LAUNCH_EACH(average, op->count, compute, *op);
    return det_launched(compute, "average");
}

} /* extern "C" */
