/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"

static __device__ int64_t source_of(const int32_t *index, int64_t r)
{
    return index ? index[r] : 0;
}

template <typename T>
static __global__ void gather(struct det_gather op, int64_t stride,
                              int64_t count)
{
    const T *from = det_elements<T>(op.in);
    DET_EACH_ELEMENT (i, count) {
        const int64_t r = det_quotient(i, stride);
        det_elements<T>(op.out)[i] =
            from[source_of(op.index, r) * stride + (i - r * stride)];
    }
}

/* Each element adds up, in the order of r, what was made of it. */
template <typename T>
static __global__ void gather_backward(struct det_gather_backward op,
                                       int64_t stride, int64_t count)
{
    const T *gradient = det_elements<T>(op.gradient);
    DET_EACH_ELEMENT (i, count) {
        const int64_t n = det_quotient(i, stride), k = i - n * stride;
        float sum = det_so_far<T>(op.in_gradient, i);
        for (int64_t r = 0; r < op.gradient.n; r++)
            if (source_of(op.gather.index, r) == n)
                sum += (float)gradient[r * stride + k];
        det_elements<T>(op.in_gradient.tensor)[i] = T(sum);
    }
}

extern "C" {

det_status det_gather_cuda(struct det_compute *compute,
                           const struct det_gather *op)
{
    const int64_t count = det_tensor_count(&op->out);
    struct det_gather on = *op;
    DET_TRY(det_stage_array(compute, &on.index, op->index,
                            (size_t)op->out.n * sizeof *op->index));
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(gather<decltype(zero)>, count, compute, on,
                        det_tensor_stride(&op->in), count);
    });
    return det_launched(compute, "gather");
}

det_status det_gather_backward_cuda(struct det_compute *compute,
                                    const struct det_gather_backward *op)
{
    const struct det_tensor *to = &op->in_gradient.tensor;
    const int32_t *index = op->gather.index;
    const int64_t count = det_tensor_count(to);
    struct det_gather_backward on = *op;
    DET_TRY(det_stage_array(compute, &on.gather.index, index,
                            (size_t)op->gradient.n * sizeof *index));
    det_by_element(to->element, [&](auto zero) {
        DET_LAUNCH_EACH(gather_backward<decltype(zero)>, count, compute, on,
                        det_tensor_stride(to), count);
    });
    return det_launched(compute, "gather_backward");
}

} /* extern "C" */
