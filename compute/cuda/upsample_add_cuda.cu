/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"
#include "compute/upsample_source.h"

template <typename T>
static __global__ void upsample_add(struct det_upsample_add op, int64_t count)
{
    const struct det_tensor *coarse = &op.coarse;
    const T *from = det_elements<T>(*coarse);
    T *out = det_elements<T>(op.out);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.out, i);
        const int32_t y = det_upsample_source(p.y, coarse->h, op.out.h);
        const int32_t x = det_upsample_source(p.x, coarse->w, op.out.w);
        out[i] = T((float)out[i] +
                   (float)from[det_element_at(coarse, p.n, y, x, p.k)]);
    }
}

/* ----------------------------------------------------------------- backward */

/* The first index of 0..out-1 whose source is `source` or lies behind it;
 * sources never fall, so that a guess is at most a few steps away. */
static __device__ int32_t first_from(int32_t source, int32_t in, int32_t out)
{
    int32_t index = (int32_t)((int64_t)source * out / in);
    while (index > 0 && det_upsample_source(index - 1, in, out) >= source)
        index--;
    while (index < out && det_upsample_source(index, in, out) < source)
        index++;
    return index;
}

/* Of all places that show place p of the coarse map, row by row. */
template <typename T>
static __device__ float add_shown(const struct det_upsample_add_backward *op,
                                  const struct det_place *p, float sum)
{
    const struct det_tensor *from = &op->gradient, *to = &op->coarse.tensor;
    const int32_t first_x = first_from(p->x, to->w, from->w);
    for (int32_t y = first_from(p->y, to->h, from->h);
         y < from->h && det_upsample_source(y, to->h, from->h) == p->y; y++)
        for (int32_t x = first_x;
             x < from->w && det_upsample_source(x, to->w, from->w) == p->x; x++)
            sum += (float)det_elements<T>(
                *from)[det_element_at(from, p->n, y, x, p->k)];
    return sum;
}

template <typename T>
static __global__ void
upsample_add_backward(struct det_upsample_add_backward op, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.coarse.tensor, i);
        det_elements<T>(op.coarse.tensor)[i] =
            T(add_shown<T>(&op, &p, det_so_far<T>(op.coarse, i)));
    }
}

extern "C" {

det_status det_upsample_add_cuda(struct det_compute *compute,
                                 const struct det_upsample_add *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->out.element, [&](auto zero) {
        DET_LAUNCH_EACH(upsample_add<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "upsample_add");
}

det_status
det_upsample_add_backward_cuda(struct det_compute *compute,
                               const struct det_upsample_add_backward *op)
{
    const int64_t count = det_tensor_count(&op->coarse.tensor);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(upsample_add_backward<decltype(zero)>, count, compute,
                        *op, count);
    });
    return det_launched(compute, "upsample_add_backward");
}

} /* extern "C" */
