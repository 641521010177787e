/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "compute/cpu/ops_cpu.h"

/* The input's place that an output's place shows. */
static int64_t source_place(const struct det_subsample *op, int64_t place)
{
    const int64_t x = place % op->out.w, row = place / op->out.w;
    const int64_t y = row % op->out.h, n = row / op->out.h;
    return (n * op->in.h + y * op->stride) * op->in.w + x * op->stride;
}

det_status det_subsample_cpu(struct det_compute *compute,
                             const struct det_subsample *op)
{
    const struct det_tensor *in = &op->in, *out = &op->out;
    const int64_t places = det_tensor_places(out);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        float *to = out->data + p * out->c;
        memset(to, 0, (size_t)out->c * sizeof *to);
        memcpy(to + op->first_channel, in->data + source_place(op, p) * in->c,
               (size_t)in->c * sizeof *to);
    }
    return DET_OK;
}

det_status det_subsample_backward_cpu(struct det_compute *compute,
                                      const struct det_subsample_backward *op)
{
    const struct det_subsample *sub = &op->subsample;
    const struct det_tensor *to = &op->in_gradient.tensor;
    const int64_t places = det_tensor_places(&op->gradient);
    if (!op->in_gradient.add)
        memset(to->data, 0, (size_t)det_tensor_count(to) * sizeof(float));
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        const float *from =
            op->gradient.data + p * op->gradient.c + sub->first_channel;
        float *out = to->data + source_place(sub, p) * to->c;
        for (int32_t k = 0; k < to->c; k++)
            out[k] += from[k];
    }
    return DET_OK;
}
