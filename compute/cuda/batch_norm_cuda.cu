/* SPDX-License-Identifier: MIT */
#include "compute/cuda/batch_norm_cuda.h"

/* Of x and x^2, where x is what a value is more than the channel's first: so
 * the mean's square, which is taken off again, is small. */
template <typename T>
static __global__ void sum_values(struct det_batch_norm op, unsigned lanes,
                                  double *partial)
{
    const struct walk walk = walk_of(op.in, lanes);
    struct sums own = {0.0, 0.0};
    double origin = 0.0;
    if (walk.first < walk.end)
        origin = (double)(float)det_elements<T>(op.in)[walk.channel];
    for (int64_t at = walk.first; at < walk.end; at += TOGETHER * walk.step) {
        float in[TOGETHER];
        load(in, det_elements<T>(op.in), walk, at);
        for (int j = 0; j < TOGETHER && at + j * walk.step < walk.end; j++) {
            const double x = (double)in[j] - origin;
            own.first += x;
            own.second += x * x;
        }
    }
    store_sums(partial, own, walk, op.in.c, lanes);
}

template <typename T>
static __global__ void finish_statistics(struct det_batch_norm op,
                                         const double *partial, unsigned shares)
{
    const struct sums all = joined_sums(partial, shares, op.in.c);
    if (!finishes(op.in.c))
        return;
    const int32_t k = finish_channel();
    const double places = (double)det_tensor_places(&op.in);
    const double mean = all.first / places;
    const double variance = (all.second - all.first * mean) / places;
    op.mean[k] = (float)((double)(float)det_elements<T>(op.in)[k] + mean);
    op.variance[k] = variance < 0.0 ? 0.0f : (float)variance;
}

template <typename T>
static __global__ void normalise(struct det_batch_norm op, unsigned lanes)
{
    const struct walk walk = walk_of(op.in, lanes);
    const int32_t k = walk.channel;
    if (walk.first >= walk.end)
        return;
    const struct affine norm =
        affine_of(op.weight[k], op.bias[k], op.mean[k], op.variance[k], op.eps);
    for (int64_t at = walk.first; at < walk.end; at += TOGETHER * walk.step) {
        float in[TOGETHER], residual[TOGETHER];
        load(in, det_elements<T>(op.in), walk, at);
        if (op.residual.data)
            load(residual, det_elements<T>(op.residual), walk, at);
        for (int j = 0; j < TOGETHER && at + j * walk.step < walk.end; j++) {
            float out = in[j] * norm.scale + norm.shift;
            if (op.residual.data)
                out += residual[j];
            det_elements<T>(op.out)[at + j * walk.step] =
                T(op.relu && out < 0.0f ? 0.0f : out);
        }
    }
}

/* --------------------------------------------------------------- the slots */

template <typename T>
static void launch_normalise(struct det_compute *compute,
                             const struct det_batch_norm *op)
{
    const struct tiling tiling = tiling_of(&op->in);
    DET_LAUNCH(normalise<T>, grid_of(tiling), DET_BLOCK,
               compute->device->stream, *op, tiling.lanes);
}

extern "C" {

size_t det_batch_norm_scratch_cuda(const struct det_batch_norm *op, int threads)
{
    (void)threads;
    return partial_count(&op->in) * sizeof(double);
}

det_status det_batch_norm_cuda(struct det_compute *compute,
                               const struct det_batch_norm *op, void *scratch)
{
    const struct tiling tiling = tiling_of(&op->in);
    const cudaStream_t stream = compute->device->stream;
    double *partial = (double *)scratch;
    if (det_tensor_count(&op->in) == 0)
        return DET_OK;
    det_by_element(op->in.element, [&](auto zero) {
        using T = decltype(zero);
        DET_LAUNCH_BLOCKS(sum_values<T>, grid_of(tiling), DET_BLOCK, stream,
                          *op, tiling.lanes, partial);
        DET_LAUNCH_BLOCKS(finish_statistics<T>, finish_blocks(op->in.c),
                          DET_BLOCK, stream, *op, partial, tiling.shares);
        launch_normalise<T>(compute, op);
    });
    return det_launched(compute, "batch_norm");
}

det_status det_batch_norm_again_cuda(struct det_compute *compute,
                                     const struct det_batch_norm *op,
                                     void *scratch)
{
    (void)scratch;
    if (det_tensor_count(&op->in) == 0)
        return DET_OK;
    det_by_element(op->in.element, [&](auto zero) {
        launch_normalise<decltype(zero)>(compute, op);
    });
    return det_launched(compute, "batch_norm_again");
}

} /* extern "C" */
