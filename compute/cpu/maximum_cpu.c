/* SPDX-License-Identifier: MIT */
#include "compute/cpu/ops_cpu.h"

det_status det_maximum_cpu(struct det_compute *compute,
                           const struct det_tensor *to,
                           const struct det_tensor *other)
{
    const int64_t count = det_tensor_count(to);
    float *restrict out = to->data;
    const float *restrict in = other->data;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t i = 0; i < count; i++)
        out[i] = in[i] > out[i] ? in[i] : out[i];
    return DET_OK;
}
