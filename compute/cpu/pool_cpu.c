/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/pool_window.h"

/* ------------------------------------------------------------------ maximum */

static void max_place(float *restrict out, const float *image,
                      const struct det_pool *op,
                      const struct det_pool_window *window)
{
    const int32_t c = op->in.c;
    for (int32_t k = 0; k < c; k++)
        out[k] = -INFINITY;
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++) {
            const float *restrict in = image + ((int64_t)y * op->in.w + x) * c;
            for (int32_t k = 0; k < c; k++)
                out[k] = in[k] > out[k] || isnan(in[k]) ? in[k] : out[k];
        }
}

/* ------------------------------------------------------------------ average */

static void average_place(float *restrict out, const float *image,
                          const struct det_pool *op,
                          const struct det_pool_window *window)
{
    const int32_t c = op->in.c;
    memset(out, 0, (size_t)c * sizeof *out);
    for (int32_t y = window->y0; y < window->y1; y++)
        for (int32_t x = window->x0; x < window->x1; x++) {
            const float *restrict in = image + ((int64_t)y * op->in.w + x) * c;
            for (int32_t k = 0; k < c; k++)
                out[k] += in[k];
        }
    for (int32_t k = 0; k < c; k++)
        out[k] /= (float)window->size;
}

/* ------------------------------------------------------------------ all maps
 */

/* One output place, all channels, from the window of an image. */
typedef void (*pool_place)(float *restrict out, const float *image,
                           const struct det_pool *op,
                           const struct det_pool_window *window);

static void pool_row(const struct det_pool *op, int64_t row, pool_place place)
{
    const float *image =
        op->in.data + row / op->out.h * det_tensor_stride(&op->in);
    float *out = op->out.data + row * op->out.w * op->out.c;
    for (int32_t x = 0; x < op->out.w; x++, out += op->out.c) {
        const struct det_pool_window window =
            det_pool_window_at(op, (int32_t)(row % op->out.h), x);
        place(out, image, op, &window);
    }
}

static void pool(int threads, const struct det_pool *op, pool_place place)
{
    const int64_t rows = (int64_t)op->out.n * op->out.h;
#pragma omp parallel for num_threads(threads)
    for (int64_t row = 0; row < rows; row++)
        pool_row(op, row, place);
}

det_status det_max_pool_cpu(struct det_compute *compute,
                            const struct det_pool *op)
{
    pool(compute->threads, op, max_place);
    return DET_OK;
}

det_status det_average_pool_cpu(struct det_compute *compute,
                                const struct det_pool *op)
{
    pool(compute->threads, op, average_place);
    return DET_OK;
}
