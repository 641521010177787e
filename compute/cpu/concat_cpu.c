/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"

det_status det_concat_cpu(struct det_compute *compute,
                          const struct det_concat *op)
{
    const int64_t places = det_tensor_places(&op->out);
    const size_t a = (size_t)op->first.c, b = (size_t)op->second.c;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        float *to = op->out.data + p * op->out.c;
        memcpy(to, op->first.data + p * op->first.c, a * sizeof *to);
        memcpy(to + a, op->second.data + p * op->second.c, b * sizeof *to);
    }
    return DET_OK;
}

static void split(const struct det_gradient *to, const float *from,
                  int64_t place)
{
    if (!to->tensor.data)
        return;
    float *out = to->tensor.data + place * to->tensor.c;
    for (int32_t k = 0; k < to->tensor.c; k++)
        out[k] = (to->add ? out[k] : 0.0f) + from[k];
}

det_status det_concat_backward_cpu(struct det_compute *compute,
                                   const struct det_concat_backward *op)
{
    const int64_t places = det_tensor_places(&op->gradient);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        const float *from = op->gradient.data + p * op->gradient.c;
        split(&op->first, from, p);
        split(&op->second, from + op->first_channels, p);
    }
    return DET_OK;
}
