/* SPDX-License-Identifier: MIT */
/* compute/cpu/mask_resize_cpu.c; its backward gathers, in the same order. */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/near_cuda.h"
#include "compute/mask_resize_places.h"

template <typename T> static __global__ void resize(struct det_mask_resize op)
{
    const struct det_tensor out = op.out;
    const int64_t stride = (int64_t)op.in.h * op.in.w * op.in.c;
    DET_EACH_ELEMENT (i, (int64_t)out.n * out.h * out.w * out.c) {
        const int64_t place = i / out.c;
        const int32_t x = (int32_t)(place % out.w);
        const int32_t y = (int32_t)(place / out.w % out.h);
        const int64_t n = place / out.w / out.h;
        const struct det_mask_corners c = det_mask_corners(&op, y, x);
        const T *in = det_elements<T>(op.in) + n * stride + (i - place * out.c);
        det_elements<T>(out)[i] = T(c.weight[0] * (float)in[c.at[0]] +
                                    c.weight[1] * (float)in[c.at[1]] +
                                    c.weight[2] * (float)in[c.at[2]] +
                                    c.weight[3] * (float)in[c.at[3]]);
    }
}

/* ----------------------------------------------------------------- backward */

/* Of `out` places along an axis, those that may read place `place` of `in`. */
static __device__ struct det_bins readers(int32_t place, int32_t in,
                                          int32_t out)
{
    return det_bins_near(0.0f, (float)in / (float)out, out, (float)(place - 1),
                         (float)(place + 1));
}

/* What place `place` of `in` has in place `reader` of `out`. */
static __device__ float axis_weight(int32_t place, int32_t reader, int32_t in,
                                    int32_t out)
{
    const struct det_tap tap = det_mask_tap(reader, in, out);
    return tap.inside ? det_weight_at(place, tap.low, tap.high, tap.weight)
                      : 0.0f;
}

/* The sum from `sum` on; `gradient` has the channel of the output's first
 * place. */
template <typename T>
static __device__ float gather_place(float sum,
                                     const struct det_mask_resize_backward *op,
                                     const T *gradient, int32_t y, int32_t x)
{
    const struct det_tensor *in = &op->in_gradient.tensor;
    const struct det_tensor *g = &op->gradient;
    const struct det_bins rows = readers(y, in->h, g->h);
    const struct det_bins columns = readers(x, in->w, g->w);
    for (int32_t row = rows.first; row <= rows.last; row++) {
        const float down = axis_weight(y, row, in->h, g->h);
        for (int32_t column = columns.first;
             down != 0.0f && column <= columns.last; column++) {
            const float weight = down * axis_weight(x, column, in->w, g->w);
            if (weight != 0.0f)
                sum += weight *
                       (float)gradient[((int64_t)row * g->w + column) * g->c];
        }
    }
    return sum;
}

template <typename T>
static __global__ void gather(struct det_mask_resize_backward op)
{
    const struct det_tensor in = op.in_gradient.tensor;
    const int64_t stride =
        (int64_t)op.gradient.h * op.gradient.w * op.gradient.c;
    DET_EACH_ELEMENT (i, (int64_t)in.n * in.h * in.w * in.c) {
        const int64_t place = i / in.c;
        const int32_t x = (int32_t)(place % in.w);
        const int32_t y = (int32_t)(place / in.w % in.h);
        const int64_t n = place / in.w / in.h;
        const T *gradient =
            det_elements<T>(op.gradient) + n * stride + (i - place * in.c);
        const float begin = det_so_far<T>(op.in_gradient, i);
        det_elements<T>(in)[i] = T(gather_place(begin, &op, gradient, y, x));
    }
}

/* ---------------------------------------------------------------- the slots */

extern "C" {

det_status det_mask_resize_cuda(struct det_compute *compute,
                                const struct det_mask_resize *op)
{
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(resize<decltype(zero)>, det_tensor_count(&op->out),
                        compute, *op);
    });
    return det_launched(compute, "mask_resize");
}

det_status
det_mask_resize_backward_cuda(struct det_compute *compute,
                              const struct det_mask_resize_backward *op)
{
    const struct det_tensor *to = &op->in_gradient.tensor;
    det_by_element(to->element, [&](auto zero) {
        DET_LAUNCH_EACH(gather<decltype(zero)>, det_tensor_count(to), compute,
                        *op);
    });
    return det_launched(compute, "mask_resize_backward");
}

} /* extern "C" */
