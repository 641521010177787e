/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"

det_status det_spatial_mean_cpu(struct det_compute *compute,
                                const struct det_spatial_mean *op)
{
    const struct det_tensor *in = &op->in;
    const int64_t places = (int64_t)in->h * in->w;
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t i = 0; i < in->n; i++) {
        const float *map = in->data + i * places * in->c;
        float *restrict out = op->out.data + (int64_t)i * in->c;
        memset(out, 0, (size_t)in->c * sizeof *out);
        for (int64_t p = 0; p < places; p++)
            for (int32_t k = 0; k < in->c; k++)
                out[k] += map[p * in->c + k];
        for (int32_t k = 0; k < in->c; k++)
            out[k] /= (float)places;
    }
    return DET_OK;
}

det_status
det_spatial_mean_backward_cpu(struct det_compute *compute,
                              const struct det_spatial_mean_backward *op)
{
    const struct det_tensor *to = &op->in_gradient.tensor;
    const int64_t places = (int64_t)to->h * to->w;
    const float share = 1.0f / (float)places;
    const bool add = op->in_gradient.add;
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < to->n * places; p++) {
        const float *restrict from =
            op->gradient.data + p / places * op->gradient.c;
        float *restrict out = to->data + p * to->c;
        for (int32_t k = 0; k < to->c; k++)
            out[k] = (add ? out[k] : 0.0f) + share * from[k];
    }
    return DET_OK;
}
