/* SPDX-License-Identifier: MIT */
/* compute/cpu/mask_pooling_cpu.c; the sums over channels, in double, are in
 * another order. */
#include "compute/cuda/element_cuda.h"

/* Threads that share a place, and places of a block. */
enum { LANES = 32, PLACES = DET_BLOCK / LANES };

template <typename T>
static __global__ void pool(struct det_mask_pooling op, int64_t count)
{
    const T *features = det_elements<T>(op.features);
    const int32_t c = op.features.c;
    DET_EACH_ELEMENT (i, count) {
        det_elements<T>(op.out)[i] =
            T((float)features[i] * op.mask.data[i / c]);
    }
}

template <typename T>
static __global__ void feature_gradient(struct det_mask_pooling_backward op,
                                        int64_t count)
{
    const T *gradient = det_elements<T>(op.gradient);
    const int32_t c = op.gradient.c;
    DET_EACH_ELEMENT (i, count) {
        det_add_to<T>(op.features, i,
                      (float)gradient[i] * op.pooling.mask.data[i / c]);
    }
}

/* This thread's share of a place's sum. */
template <typename T>
static __device__ double lane_sum(const struct det_mask_pooling_backward *op,
                                  int64_t place)
{
    const int32_t c = op->gradient.c;
    const T *gradient = det_elements<T>(op->gradient) + place * c;
    const T *features = det_elements<T>(op->pooling.features) + place * c;
    double sum = 0.0;
    for (int32_t k = (int32_t)threadIdx.x % LANES; k < c; k += LANES)
        sum += (double)((float)gradient[k] * (float)features[k]);
    return sum;
}

/* Neighbouring threads read neighbouring channels. */
template <typename T>
static __global__ void mask_gradient(struct det_mask_pooling_backward op,
                                     int64_t places)
{
    __shared__ double sums[DET_BLOCK];
    const int32_t mine = (int32_t)threadIdx.x / LANES;
    float *to = op.mask.tensor.data;
    for (int64_t first = (int64_t)blockIdx.x * PLACES; first < places;
         first += (int64_t)gridDim.x * PLACES) {
        const int64_t place = first + mine;
        sums[threadIdx.x] = place < places ? lane_sum<T>(&op, place) : 0.0;
        __syncthreads();
        if (place < places && threadIdx.x % LANES == 0) {
            double sum = 0.0;
            for (int lane = 0; lane < LANES; lane++)
                sum += sums[mine * LANES + lane];
            to[place] = (op.mask.add ? to[place] : 0.0f) + (float)sum;
        }
        __syncthreads();
    }
}

extern "C" {

det_status det_mask_pooling_cuda(struct det_compute *compute,
                                 const struct det_mask_pooling *op)
{
    const int64_t count = det_tensor_count(&op->features);
    det_by_element(op->features.element, [&](auto zero) {
        DET_LAUNCH_EACH(pool<decltype(zero)>, count, compute, *op, count);
    });
    return det_launched(compute, "mask_pooling");
}

det_status
det_mask_pooling_backward_cuda(struct det_compute *compute,
                               const struct det_mask_pooling_backward *op)
{
    const int64_t places = det_tensor_places(&op->gradient);
    const int64_t count = det_tensor_count(&op->gradient);
    det_by_element(op->gradient.element, [&](auto zero) {
        using T = decltype(zero);
        if (op->features.tensor.data)
            DET_LAUNCH_EACH(feature_gradient<T>, count, compute, *op, count);
        if (op->mask.tensor.data && places > 0)
            DET_LAUNCH_BLOCKS(mask_gradient<T>, det_blocks(places * LANES),
                              DET_BLOCK, compute->device->stream, *op, places);
    });
    return det_launched(compute, "mask_pooling_backward");
}

} /* extern "C" */
