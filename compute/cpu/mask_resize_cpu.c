/* SPDX-License-Identifier: MIT */
/* caffe-mnc's mask_resize_layer.cu, whose CPU version was never written.  Its
 * backward looks at two output places per axis, which are all that read an
 * input place when a map shrinks or keeps its size, as masks do in the network
 * (21 to 14); here it is the forward's derivative at any size. */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/mask_resize_places.h"

static void resize_map(const struct det_mask_resize *op, int32_t n)
{
    const float *in = op->in.data + n * det_tensor_stride(&op->in);
    float *out = op->out.data + n * det_tensor_stride(&op->out);
    for (int32_t y = 0; y < op->out.h; y++)
        for (int32_t x = 0; x < op->out.w; x++, out += op->out.c) {
            const struct det_mask_corners c = det_mask_corners(op, y, x);
            for (int32_t k = 0; k < op->out.c; k++)
                out[k] = c.weight[0] * in[c.at[0] + k] +
                         c.weight[1] * in[c.at[1] + k] +
                         c.weight[2] * in[c.at[2] + k] +
                         c.weight[3] * in[c.at[3] + k];
        }
}

det_status det_mask_resize_cpu(struct det_compute *compute,
                               const struct det_mask_resize *op)
{
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t n = 0; n < op->in.n; n++)
        resize_map(op, n);
    return DET_OK;
}

static void spread_map(const struct det_mask_resize_backward *op, int32_t n)
{
    const struct det_tensor *to = &op->in_gradient.tensor;
    const struct det_tensor *g = &op->gradient;
    const float *gradient = g->data + n * det_tensor_stride(g);
    float *in = to->data + n * det_tensor_stride(to);
    if (!op->in_gradient.add)
        memset(in, 0, (size_t)det_tensor_stride(to) * sizeof *in);
    for (int32_t y = 0; y < g->h; y++)
        for (int32_t x = 0; x < g->w; x++, gradient += g->c) {
            const struct det_mask_corners c =
                det_mask_corners(&op->resize, y, x);
            for (int i = 0; i < 4; i++)
                for (int32_t k = 0; k < g->c; k++)
                    in[c.at[i] + k] += c.weight[i] * gradient[k];
        }
}

det_status
det_mask_resize_backward_cpu(struct det_compute *compute,
                             const struct det_mask_resize_backward *op)
{
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t n = 0; n < op->gradient.n; n++)
        spread_map(op, n);
    return DET_OK;
}
