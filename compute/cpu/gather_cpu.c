/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"

static int64_t source_of(const struct det_gather *op, int32_t r)
{
    return op->index ? op->index[r] : 0;
}

det_status det_gather_cpu(struct det_compute *compute,
                          const struct det_gather *op)
{
    const int64_t stride = det_tensor_stride(&op->in);
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t r = 0; r < op->out.n; r++)
        memcpy(op->out.data + r * stride,
               op->in.data + source_of(op, r) * stride,
               (size_t)stride * sizeof(float));
    return DET_OK;
}

/* Each row of the gradient has one thread, which adds in the order of r. */
det_status det_gather_backward_cpu(struct det_compute *compute,
                                   const struct det_gather_backward *op)
{
    const struct det_tensor *to = &op->in_gradient.tensor;
    const int64_t stride = det_tensor_stride(to);
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t n = 0; n < to->n; n++) {
        float *out = to->data + n * stride;
        if (!op->in_gradient.add)
            memset(out, 0, (size_t)stride * sizeof *out);
        for (int32_t r = 0; r < op->gradient.n; r++) {
            const float *from = op->gradient.data + r * stride;
            for (int64_t k = 0; source_of(&op->gather, r) == n && k < stride;
                 k++)
                out[k] += from[k];
        }
    }
    return DET_OK;
}
