/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"

template <typename T>
static __global__ void maximum(T *out, const T *in, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        out[i] = (float)in[i] > (float)out[i] ? in[i] : out[i];
    }
}

extern "C" {

det_status det_maximum_cuda(struct det_compute *compute,
                            const struct det_tensor *to,
                            const struct det_tensor *other)
{
    const int64_t count = det_tensor_count(to);
    det_by_element(to->element, [&](auto zero) {
        using T = decltype(zero);
        DET_LAUNCH_EACH(maximum<T>, count, compute, det_elements<T>(*to),
                        det_elements<T>(*other), count);
    });
    return det_launched(compute, "maximum");
}

} /* extern "C" */
