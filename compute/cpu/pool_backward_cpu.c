/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/pool_window.h"

enum { BLOCK = 64 }; /* channels of one image that are worked on together */

static void clear_unless_added(const struct det_gradient *g)
{
    if (!g->add)
        memset(g->tensor.data, 0,
               (size_t)det_tensor_count(&g->tensor) * sizeof(float));
}

/* ------------------------------------------------------------------ maximum */

/* Where each channel's maximum lies: the first of equals, and the last NaN, as
 * in torch's max_pool2d_with_indices. */
static void find_maxima(int64_t *at, const struct det_pool *op,
                        const struct det_pool_window *window, int64_t image,
                        int32_t first, int32_t channels)
{
    const int64_t corner =
        (image * op->in.h + window->y0) * op->in.w + window->x0;
    for (int32_t k = 0; k < channels; k++)
        at[k] = corner * op->in.c + first + k;
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++) {
            const int64_t place =
                ((image * op->in.h + y) * op->in.w + x) * op->in.c + first;
            for (int32_t k = 0; k < channels; k++) {
                const float value = op->in.data[place + k];
                if (value > op->in.data[at[k]] || isnan(value))
                    at[k] = place + k;
            }
        }
}

static void max_block(const struct det_pool_backward *op, int64_t image,
                      int32_t first)
{
    const struct det_pool *pool = &op->pool;
    const int32_t rest = pool->in.c - first;
    const int32_t channels = rest < BLOCK ? rest : BLOCK;
    const float *gradient =
        op->gradient.data + image * det_tensor_stride(&op->gradient) + first;
    int64_t at[BLOCK];
    for (int32_t y = 0; y < pool->out.h; y++)
        for (int32_t x = 0; x < pool->out.w; x++, gradient += pool->out.c) {
            const struct det_pool_window window =
                det_pool_window_at(pool, y, x);
            if (window.y0 >= window.y1 || window.x0 >= window.x1)
                continue;
            find_maxima(at, pool, &window, image, first, channels);
            for (int32_t k = 0; k < channels; k++)
                op->in_gradient.tensor.data[at[k]] += gradient[k];
        }
}

det_status det_max_pool_backward_cpu(struct det_compute *compute,
                                     const struct det_pool_backward *op)
{
    const int32_t blocks = (op->pool.in.c + BLOCK - 1) / BLOCK;
    const int64_t units = (int64_t)op->pool.in.n * blocks;
    clear_unless_added(&op->in_gradient);
#pragma omp parallel for schedule(dynamic) num_threads(compute->threads)
    for (int64_t i = 0; i < units; i++)
        max_block(op, i / blocks, (int32_t)(i % blocks) * BLOCK);
    return DET_OK;
}

/* ------------------------------------------------------------------ average */

static void average_image(const struct det_pool_backward *op, int64_t image)
{
    const struct det_pool *pool = &op->pool;
    const struct det_tensor *to = &op->in_gradient.tensor;
    const float *gradient =
        op->gradient.data + image * det_tensor_stride(&op->gradient);
    for (int32_t oy = 0; oy < pool->out.h; oy++)
        for (int32_t ox = 0; ox < pool->out.w; ox++, gradient += to->c) {
            const struct det_pool_window w = det_pool_window_at(pool, oy, ox);
            const float share = 1.0f / (float)w.size;
            for (int32_t y = w.y0; y < w.y1; y++)
                for (int32_t x = w.x0; x < w.x1; x++) {
                    float *out =
                        to->data + ((image * to->h + y) * to->w + x) * to->c;
                    for (int32_t k = 0; k < to->c; k++)
                        out[k] += share * gradient[k];
                }
        }
}

det_status det_average_pool_backward_cpu(struct det_compute *compute,
                                         const struct det_pool_backward *op)
{
    clear_unless_added(&op->in_gradient);
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t i = 0; i < op->pool.in.n; i++)
        average_image(op, i);
    return DET_OK;
}
