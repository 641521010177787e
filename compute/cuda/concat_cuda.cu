/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"

template <typename T>
static __global__ void concat(struct det_concat op, int64_t count)
{
    const T *first = det_elements<T>(op.first);
    const T *second = det_elements<T>(op.second);
    const int64_t a = op.first.c, b = op.second.c;
    DET_EACH_ELEMENT (i, count) {
        const int64_t p = det_quotient(i, op.out.c), k = i - p * op.out.c;
        det_elements<T>(op.out)[i] =
            k < a ? first[p * a + k] : second[p * b + (k - a)];
    }
}

template <typename T>
static __device__ void pass_on(const struct det_gradient &to, int64_t at,
                               T value)
{
    if (to.tensor.data)
        det_add_to<T>(to, at, (float)value);
}

template <typename T>
static __global__ void split(struct det_concat_backward op, int64_t count)
{
    const T *gradient = det_elements<T>(op.gradient);
    const int64_t c = op.gradient.c, a = op.first_channels, b = c - a;
    DET_EACH_ELEMENT (i, count) {
        const int64_t p = det_quotient(i, c), k = i - p * c;
        if (k < a)
            pass_on(op.first, p * a + k, gradient[i]);
        else
            pass_on(op.second, p * b + (k - a), gradient[i]);
    }
}

extern "C" {

det_status det_concat_cuda(struct det_compute *compute,
                           const struct det_concat *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->out.element, [&](auto zero) {
        DET_LAUNCH_EACH(concat<decltype(zero)>, count, compute, *op, count);
    });
    return det_launched(compute, "concat");
}

det_status det_concat_backward_cuda(struct det_compute *compute,
                                    const struct det_concat_backward *op)
{
    const int64_t count = det_tensor_count(&op->gradient);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(split<decltype(zero)>, count, compute, *op, count);
    });
    return det_launched(compute, "concat_backward");
}

} /* extern "C" */
