/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/lanes_cuda.h"
#include "compute/cuda/place_cuda.h"

/* ------------------------------------------------------------------ forward */

template <typename T>
static __device__ float lane_product(const T *place, const T *weight,
                                     int32_t channels)
{
    float sum = 0.0f;
    DET_EACH_OF_LANE (c, channels) {
        sum += (float)place[c] * (float)weight[c];
    }
    return sum;
}

/* packed is [K, C]. */
template <typename T>
static __global__ void select_channel(struct det_select_channel op,
                                      int64_t places)
{
    __shared__ float room[DET_BLOCK];
    const int64_t map = (int64_t)op.in.h * op.in.w, c = op.in.c;
    DET_EACH_LANE_ROW (i, places) {
        const bool inside = i < places;
        const int64_t k = inside ? op.channel[det_quotient(i, map)] : 0;
        const float product = lane_product(det_elements<T>(op.in) + i * c,
                                           det_elements<T>(op.packed) + k * c,
                                           inside ? op.in.c : 0);
        const float sum = det_lanes_sum(product, room);
        if (inside && det_lane() == 0)
            op.out.data[i] = sum + op.bias[k];
    }
}

/* ----------------------------------------------------------------- backward
 * The logits' gradient and the weights are floats. */

template <typename T>
static __global__ void input_gradient(struct det_select_channel_backward op,
                                      int64_t count)
{
    const int64_t map = (int64_t)op.in.h * op.in.w, c = op.in.c;
    DET_EACH_ELEMENT (i, count) {
        const int64_t place = det_quotient(i, c);
        const int64_t k = op.channel[det_quotient(place, map)];
        det_add_to<T>(op.in_gradient, i,
                      op.gradient.data[place] *
                          op.weight[k * c + (i - place * c)]);
    }
}

/* A block has some input channels of one output channel, and a share of each
 * RoI's places for each thread: all RoIs may be of one class, whose weights
 * alone would be too few threads. */
enum { LINE = 8, SHARES = DET_BLOCK / LINE };

template <typename T>
static __device__ float
share_of_weight_gradient(const struct det_select_channel_backward *op,
                         int32_t k, int32_t channel)
{
    const T *in = det_elements<T>(op->in);
    const int64_t map = (int64_t)op->in.h * op->in.w;
    float sum = 0.0f;
    for (int64_t r = 0; r < op->in.n; r++) {
        if (op->channel[r] != k)
            continue;
        for (int64_t i = r * map + threadIdx.x / LINE; i < (r + 1) * map;
             i += SHARES)
            sum += op->gradient.data[i] * (float)in[i * op->in.c + channel];
    }
    return sum;
}

template <typename T>
static __global__ void weight_gradient(struct det_select_channel_backward op,
                                       int32_t blocks_of_channel)
{
    __shared__ float room[DET_BLOCK];
    const int32_t k = (int32_t)blockIdx.x / blocks_of_channel;
    const int32_t first = ((int32_t)blockIdx.x - k * blocks_of_channel) * LINE;
    const int32_t channel = first + (int32_t)threadIdx.x % LINE;
    room[threadIdx.x] =
        channel < op.in.c ? share_of_weight_gradient<T>(&op, k, channel) : 0.0f;
    for (unsigned half = DET_BLOCK / 2; half >= LINE; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            room[threadIdx.x] += room[threadIdx.x + half];
    }
    if (threadIdx.x < LINE && channel < op.in.c)
        op.weight_gradient[(int64_t)k * op.in.c + channel] += room[threadIdx.x];
}

/* One block for each output channel. */
static __global__ void bias_gradient(struct det_select_channel_backward op)
{
    __shared__ double room[DET_BLOCK];
    const int64_t map = (int64_t)op.in.h * op.in.w;
    const int32_t k = (int32_t)blockIdx.x;
    double sum = 0.0;
    for (int64_t r = 0; r < op.in.n; r++) {
        if (op.channel[r] != k)
            continue;
        for (int64_t i = r * map + threadIdx.x; i < (r + 1) * map;
             i += DET_BLOCK)
            sum += (double)op.gradient.data[i];
    }
    sum = det_block_sum(sum, room);
    if (threadIdx.x == 0)
        op.bias_gradient[k] += (float)sum;
}

extern "C" {

det_status det_select_channel_cuda(struct det_compute *compute,
                                   const struct det_select_channel *op)
{
    const int64_t places = det_tensor_places(&op->in);
    struct det_select_channel on = *op;
    if (places == 0)
        return DET_OK;
    DET_TRY(det_stage_array(compute, &on.channel, op->channel,
                            (size_t)op->in.n * sizeof *op->channel));
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_BLOCKS(select_channel<decltype(zero)>,
                          det_lane_blocks(places, DET_MOST_BLOCKS), DET_BLOCK,
                          compute->device->stream, on, places);
    });
    return det_launched(compute, "select_channel");
}

det_status
det_select_channel_backward_cuda(struct det_compute *compute,
                                 const struct det_select_channel_backward *op)
{
    const int64_t count = det_tensor_count(&op->in);
    const int32_t blocks = (op->in.c + LINE - 1) / LINE;
    const cudaStream_t stream = compute->device->stream;
    struct det_select_channel_backward on = *op;
    if (count == 0)
        return DET_OK;
    DET_TRY(det_stage_array(compute, &on.channel, op->channel,
                            (size_t)op->in.n * sizeof *op->channel));
    det_by_element(op->in.element, [&](auto zero) {
        using T = decltype(zero);
        if (op->in_gradient.tensor.data)
            DET_LAUNCH_EACH(input_gradient<T>, count, compute, on, count);
        if (op->weight_gradient)
            DET_LAUNCH_BLOCKS(weight_gradient<T>, op->num_channels * blocks,
                              DET_BLOCK, stream, on, blocks);
    });
    if (op->bias_gradient)
        DET_LAUNCH_BLOCKS(bias_gradient, op->num_channels, DET_BLOCK, stream,
                          on);
    return det_launched(compute, "select_channel_backward");
}

} /* extern "C" */
