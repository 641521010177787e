/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"

template <typename T>
static __global__ void subsample(struct det_subsample op, int64_t count)
{
    const T *from = det_elements<T>(op.in);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.out, i);
        const int32_t k = p.k - op.first_channel;
        const int64_t y = (int64_t)p.y * op.stride;
        const int64_t x = (int64_t)p.x * op.stride;
        det_elements<T>(op.out)[i] =
            k >= 0 && k < op.in.c ? from[det_element_at(&op.in, p.n, y, x, k)]
                                  : T(0.0f);
    }
}

template <typename T>
static __global__ void subsample_backward(struct det_subsample_backward op,
                                          int64_t count)
{
    const int32_t stride = op.subsample.stride;
    const T *gradient = det_elements<T>(op.gradient);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.in_gradient.tensor, i);
        float sum = det_so_far<T>(op.in_gradient, i);
        if (p.y % stride == 0 && p.x % stride == 0)
            sum += (float)gradient[det_element_at(
                &op.gradient, p.n, p.y / stride, p.x / stride,
                op.subsample.first_channel + p.k)];
        det_elements<T>(op.in_gradient.tensor)[i] = T(sum);
    }
}

extern "C" {

det_status det_subsample_cuda(struct det_compute *compute,
                              const struct det_subsample *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(subsample<decltype(zero)>, count, compute, *op, count);
    });
    return det_launched(compute, "subsample");
}

det_status det_subsample_backward_cuda(struct det_compute *compute,
                                       const struct det_subsample_backward *op)
{
    const int64_t count = det_tensor_count(&op->in_gradient.tensor);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(subsample_backward<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "subsample_backward");
}

} /* extern "C" */
