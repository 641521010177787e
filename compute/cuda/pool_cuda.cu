/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"
#include "compute/pool_window.h"

/* ------------------------------------------------------------------ forward */

template <typename T>
static __device__ float max_of(const struct det_pool *op,
                               const struct det_pool_window *window,
                               const struct det_place *p)
{
    const T *from = det_elements<T>(op->in);
    float out = -INFINITY;
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++) {
            const float in = from[det_element_at(&op->in, p->n, y, x, p->k)];
            out = in > out || isnan(in) ? in : out;
        }
    return out;
}

template <typename T>
static __device__ float average_of(const struct det_pool *op,
                                   const struct det_pool_window *window,
                                   const struct det_place *p)
{
    const T *from = det_elements<T>(op->in);
    float sum = 0.0f;
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++)
            sum += (float)from[det_element_at(&op->in, p->n, y, x, p->k)];
    return sum / (float)window->size;
}

template <typename T>
static __global__ void max_pool(struct det_pool op, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.out, i);
        const struct det_pool_window w = det_pool_window_at(&op, p.y, p.x);
        det_elements<T>(op.out)[i] = T(max_of<T>(&op, &w, &p));
    }
}

template <typename T>
static __global__ void average_pool(struct det_pool op, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.out, i);
        const struct det_pool_window w = det_pool_window_at(&op, p.y, p.x);
        det_elements<T>(op.out)[i] = T(average_of<T>(&op, &w, &p));
    }
}

/* ----------------------------------------------------------------- backward
 * Each element of the input looks at the windows that it lies in, in the
 * order in which the CPU gives it their shares. */

struct windows {
    int32_t first, end;
};

/* Those of one axis, `count` in all, that `at` lies in. */
static __device__ struct windows windows_over(const struct det_pool *op,
                                              int32_t at, int32_t count)
{
    const int32_t last = (at + op->pad) / op->stride;
    const int32_t past = at + op->pad - op->kernel; /* here one has ended */
    struct windows w;
    w.first = past < 0 ? 0 : past / op->stride + 1;
    w.end = det_smaller(last + 1, count);
    return w;
}

/* Whether `value` is not the window's maximum because of `other`: it is the
 * first of equals, and the last NaN, as in torch. */
static __device__ bool loses(float value, float other, bool other_is_earlier)
{
    if (isnan(value))
        return isnan(other) && !other_is_earlier;
    return isnan(other) || other > value ||
           (other_is_earlier && other == value);
}

template <typename T>
static __device__ bool is_maximum(const struct det_pool *op,
                                  const struct det_pool_window *window,
                                  const struct det_place *p, float value)
{
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++) {
            const bool earlier = y < p->y || (y == p->y && x < p->x);
            if (y == p->y && x == p->x)
                continue;
            const int64_t at = det_element_at(&op->in, p->n, y, x, p->k);
            if (loses(value, (float)det_elements<T>(op->in)[at], earlier))
                return false;
        }
    return true;
}

template <typename T>
static __global__ void max_pool_backward(struct det_pool_backward op,
                                         int64_t count)
{
    const struct det_pool *pool = &op.pool;
    const T *gradient = det_elements<T>(op.gradient);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&pool->in, i);
        const struct windows rows = windows_over(pool, p.y, pool->out.h);
        const struct windows columns = windows_over(pool, p.x, pool->out.w);
        const float value = (float)det_elements<T>(pool->in)[i];
        float sum = det_so_far<T>(op.in_gradient, i);
        for (int32_t y = rows.first; y < rows.end; y++)
            for (int32_t x = columns.first; x < columns.end; x++) {
                const struct det_pool_window w = det_pool_window_at(pool, y, x);
                if (is_maximum<T>(pool, &w, &p, value))
                    sum += (float)
                        gradient[det_element_at(&op.gradient, p.n, y, x, p.k)];
            }
        det_elements<T>(op.in_gradient.tensor)[i] = T(sum);
    }
}

template <typename T>
static __global__ void average_pool_backward(struct det_pool_backward op,
                                             int64_t count)
{
    const struct det_pool *pool = &op.pool;
    const T *gradient = det_elements<T>(op.gradient);
    DET_EACH_ELEMENT (i, count) {
        const struct det_place p = det_place_at(&op.in_gradient.tensor, i);
        const struct windows rows = windows_over(pool, p.y, pool->out.h);
        const struct windows columns = windows_over(pool, p.x, pool->out.w);
        float sum = det_so_far<T>(op.in_gradient, i);
        for (int32_t y = rows.first; y < rows.end; y++)
            for (int32_t x = columns.first; x < columns.end; x++) {
                const struct det_pool_window w = det_pool_window_at(pool, y, x);
                const float share = 1.0f / (float)w.size;
                sum +=
                    share *
                    (float)
                        gradient[det_element_at(&op.gradient, p.n, y, x, p.k)];
            }
        det_elements<T>(op.in_gradient.tensor)[i] = T(sum);
    }
}

extern "C" {

det_status det_max_pool_cuda(struct det_compute *compute,
                             const struct det_pool *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(max_pool<decltype(zero)>, count, compute, *op, count);
    });
    return det_launched(compute, "max_pool");
}

det_status det_average_pool_cuda(struct det_compute *compute,
                                 const struct det_pool *op)
{
    const int64_t count = det_tensor_count(&op->out);
    det_by_element(op->in.element, [&](auto zero) {
        DET_LAUNCH_EACH(average_pool<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "average_pool");
}

det_status det_max_pool_backward_cuda(struct det_compute *compute,
                                      const struct det_pool_backward *op)
{
    const int64_t count = det_tensor_count(&op->in_gradient.tensor);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(max_pool_backward<decltype(zero)>, count, compute, *op,
                        count);
    });
    return det_launched(compute, "max_pool_backward");
}

det_status det_average_pool_backward_cuda(struct det_compute *compute,
                                          const struct det_pool_backward *op)
{
    const int64_t count = det_tensor_count(&op->in_gradient.tensor);
    det_by_element(op->gradient.element, [&](auto zero) {
        DET_LAUNCH_EACH(average_pool_backward<decltype(zero)>, count, compute,
                        *op, count);
    });
    return det_launched(compute, "average_pool_backward");
}

} /* extern "C" */
