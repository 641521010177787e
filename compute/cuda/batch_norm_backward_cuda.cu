/* SPDX-License-Identifier: MIT */
#include "compute/cuda/batch_norm_cuda.h"

enum { PARTS = 3 /* numbers of a channel between sums and gradient */ };

/* What the ReLU lets through: by the output, or by the norm where the output
 * is not there. */
struct gate {
    bool by_out, by_in;
    struct affine norm;
};

static __device__ struct gate gate_of(const struct det_batch_norm_backward &op,
                                      int32_t k)
{
    struct gate gate = {op.out.data != NULL, op.relu && !op.out.data, {0, 0}};
    if (gate.by_in)
        gate.norm = affine_of(op.weight[k], op.bias[k], op.mean[k],
                              op.variance[k], op.eps);
    return gate;
}

static __device__ float pass(const struct gate &gate, float gradient, float in,
                             float out)
{
    const float by = gate.by_out ? out : in * gate.norm.scale + gate.norm.shift;
    return (gate.by_out || gate.by_in) && by <= 0.0f ? 0.0f : gradient;
}

/* Behind the ReLU, of TOGETHER places; and their inputs. */
template <typename T>
static __device__ void load_passed(float passed[TOGETHER], float in[TOGETHER],
                                   const struct det_batch_norm_backward &op,
                                   const struct gate &gate,
                                   const struct walk &walk, int64_t at)
{
    float out[TOGETHER] = {0.0f, 0.0f, 0.0f, 0.0f};
    load(passed, det_elements<T>(op.gradient), walk, at);
    load(in, det_elements<T>(op.in), walk, at);
    if (gate.by_out)
        load(out, det_elements<T>(op.out), walk, at);
    for (int j = 0; j < TOGETHER; j++)
        passed[j] = pass(gate, passed[j], in[j], out[j]);
}

/* Of d and of d * (x - mean), where d is the gradient behind the ReLU. */
template <typename T>
static __global__ void sum_products(struct det_batch_norm_backward op,
                                    unsigned lanes, double *partial)
{
    const struct walk walk = walk_of(op.in, lanes);
    struct sums own = {0.0, 0.0};
    struct gate gate = {false, false, {0.0f, 0.0f}};
    double mean = 0.0;
    if (walk.first < walk.end) {
        gate = gate_of(op, walk.channel);
        mean = (double)op.mean[walk.channel];
    }
    for (int64_t at = walk.first; at < walk.end; at += TOGETHER * walk.step) {
        float d[TOGETHER], in[TOGETHER];
        load_passed<T>(d, in, op, gate, walk, at);
        for (int j = 0; j < TOGETHER && at + j * walk.step < walk.end; j++) {
            own.first += (double)d[j];
            own.second += (double)d[j] * ((double)in[j] - mean);
        }
    }
    store_sums(partial, own, walk, op.in.c, lanes);
}

/* What the sums say of the parameters, and scale, a and b of input_gradient:
 * parts is [PARTS, C]. */
static __global__ void finish_products(struct det_batch_norm_backward op,
                                       float *parts, const double *partial,
                                       unsigned shares)
{
    const struct sums all = joined_sums(partial, shares, op.in.c);
    if (!finishes(op.in.c))
        return;
    const int32_t c = op.in.c, k = finish_channel();
    const double places = (double)det_tensor_places(&op.in);
    const double inverse = 1.0 / sqrt((double)op.variance[k] + (double)op.eps);
    parts[k] = (float)((double)op.weight[k] * inverse);
    parts[c + k] = (float)(all.first / places);
    parts[2 * c + k] = (float)(all.second * inverse * inverse / places);
    if (op.weight_gradient)
        op.weight_gradient[k] += (float)(all.second * inverse);
    if (op.bias_gradient)
        op.bias_gradient[k] += (float)all.first;
}

/* gradient = scale * (d - a - (x - mean) * b) */
template <typename T>
static __global__ void input_gradient(struct det_batch_norm_backward op,
                                      unsigned lanes, const float *parts)
{
    const struct walk walk = walk_of(op.in, lanes);
    const int32_t c = op.in.c, k = walk.channel;
    if (walk.first >= walk.end)
        return;
    const struct gate gate = gate_of(op, k);
    const float scale = parts[k], a = parts[c + k], b = parts[2 * c + k];
    const float mean = op.mean[k];
    T *residual = det_elements<T>(op.residual.tensor);
    for (int64_t at = walk.first; at < walk.end; at += TOGETHER * walk.step) {
        float d[TOGETHER], in[TOGETHER];
        float before[TOGETHER] = {0.0f, 0.0f, 0.0f, 0.0f};
        load_passed<T>(d, in, op, gate, walk, at);
        if (residual && op.residual.add)
            load(before, residual, walk, at);
        for (int j = 0; j < TOGETHER && at + j * walk.step < walk.end; j++) {
            const int64_t i = at + j * walk.step;
            if (residual)
                residual[i] = T(before[j] + d[j]);
            det_elements<T>(op.gradient)[i] =
                T(scale * (d[j] - a - (in[j] - mean) * b));
        }
    }
}

/* --------------------------------------------------------------- the slots */

extern "C" {

/* Partial sums, then parts. */
size_t
det_batch_norm_backward_scratch_cuda(const struct det_batch_norm_backward *op,
                                     int threads)
{
    (void)threads;
    return partial_count(&op->in) * sizeof(double) +
           PARTS * (size_t)op->in.c * sizeof(float);
}

det_status
det_batch_norm_backward_cuda(struct det_compute *compute,
                             const struct det_batch_norm_backward *op,
                             void *scratch)
{
    const struct tiling tiling = tiling_of(&op->in);
    const cudaStream_t stream = compute->device->stream;
    double *partial = (double *)scratch;
    float *parts = (float *)(partial + partial_count(&op->in));
    if (det_tensor_count(&op->in) == 0)
        return DET_OK;
    det_by_element(op->in.element, [&](auto zero) {
        using T = decltype(zero);
        DET_LAUNCH_BLOCKS(sum_products<T>, grid_of(tiling), DET_BLOCK, stream,
                          *op, tiling.lanes, partial);
        DET_LAUNCH_BLOCKS(finish_products, finish_blocks(op->in.c), DET_BLOCK,
                          stream, *op, parts, partial, tiling.shares);
        DET_LAUNCH(input_gradient<T>, grid_of(tiling), DET_BLOCK, stream, *op,
                   tiling.lanes, parts);
    });
    return det_launched(compute, "batch_norm_backward");
}

} /* extern "C" */
