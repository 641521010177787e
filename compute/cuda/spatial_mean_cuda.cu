/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"

template <typename T>
static __global__ void spatial_mean(struct det_spatial_mean op, int64_t count)
{
    const int64_t c = op.in.c, places = (int64_t)op.in.h * op.in.w;
    DET_EACH_ELEMENT (i, count) {
        const int64_t n = det_quotient(i, c);
        const T *in = det_elements<T>(op.in) + n * places * c + (i - n * c);
        float sum = 0.0f;
        for (int64_t p = 0; p < places; p++)
            sum += (float)in[p * c];
        det_elements<T>(op.out)[i] = T(sum / (float)places);
    }
}

template <typename T>
static __global__ void spread_mean(struct det_spatial_mean_backward op,
                                   int64_t count)
{
    const struct det_tensor *to = &op.in_gradient.tensor;
    const float share = 1.0f / (float)((int64_t)to->h * to->w);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(to, i);
        const float from =
            (float)det_elements<T>(op.gradient)[(int64_t)p.n * to->c + p.k];
        det_add_to<T>(op.in_gradient, i, share * from);
    }
}

extern "C" {

det_status det_spatial_mean_cuda(struct det_compute *compute,
                                 const struct det_spatial_mean *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(spatial_mean<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "spatial_mean");
}

det_status
det_spatial_mean_backward_cuda(struct det_compute *compute,
                               const struct det_spatial_mean_backward *op)
{
    const int64_t count = det_tensor_count(&op->in_gradient.tensor);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(spread_mean<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "spatial_mean_backward");
}

} /* extern "C" */
