/* SPDX-License-Identifier: MIT */
#include "compute/cuda/kernel_cuda.h"

static __global__ void maximum(float *out, const float *in, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        out[i] = in[i] > out[i] ? in[i] : out[i];
    }
}

extern "C" {

det_status det_maximum_cuda(struct det_compute *compute,
                            const struct det_tensor *to,
                            const struct det_tensor *other)
{
    const int64_t count = det_tensor_count(to);
    DET_LAUNCH_EACH(maximum, count, compute, to->data, other->data, count);
    return det_launched(compute, "maximum");
}

} /* extern "C" */
