/* SPDX-License-Identifier: MIT */
/* caffe-mnc's mask_resize_layer.cu, whose CPU version was never written.  Its
 * backward looks at two output places per axis, which are all that read an
 * input place when a map shrinks or keeps its size, as masks do in the network
 * (21 to 14); here it is the forward's derivative at any size. */
#include <string.h>

#include "compute/cpu/bilinear_tap_cpu.h"
#include "compute/cpu/ops_cpu.h"

/* Four places of the input and their weights. */
struct corners {
    int64_t at[4]; /* offsets in floats from the map's first */
    float weight[4];
};

/* No half-pixel shift: place p of the output lies at p * in / out. */
static struct det_tap tap_of(int32_t place, int32_t in, int32_t out)
{
    return det_tap_at((float)place * ((float)in / (float)out), in);
}

/* Of place (y, x) of the output; weights of 0 outside. */
static struct corners corners_of(const struct det_mask_resize *op, int32_t y,
                                 int32_t x)
{
    const struct det_tap row = tap_of(y, op->in.h, op->out.h);
    const struct det_tap column = tap_of(x, op->in.w, op->out.w);
    const int64_t above = (int64_t)row.low * op->in.w;
    const int64_t below = (int64_t)row.high * op->in.w;
    const float inside = row.inside && column.inside ? 1.0f : 0.0f;
    const float top = inside * (1.0f - row.weight);
    const float bottom = inside * row.weight;
    return (struct corners){
        .at = {(above + column.low) * op->in.c,
               (above + column.high) * op->in.c,
               (below + column.low) * op->in.c,
               (below + column.high) * op->in.c},
        .weight = {top * (1.0f - column.weight), top * column.weight,
                   bottom * (1.0f - column.weight), bottom * column.weight}};
}

static void resize_map(const struct det_mask_resize *op, int32_t n)
{
    const float *in = op->in.data + n * det_tensor_stride(&op->in);
    float *out = op->out.data + n * det_tensor_stride(&op->out);
    for (int32_t y = 0; y < op->out.h; y++)
        for (int32_t x = 0; x < op->out.w; x++, out += op->out.c) {
            const struct corners c = corners_of(op, y, x);
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
            const struct corners c = corners_of(&op->resize, y, x);
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
