/* SPDX-License-Identifier: MIT */
/* The derivative of what roi_warp_cpu.c computes, to the map and to the boxes.
 * The sample of bin p of P lies at (1 - p/P) * start + p/P * end on each axis,
 * and the rounding of start and end is taken for the identity, as in
 * roi_warping_layer.cu, since its own derivative is 0 almost everywhere.  At
 * a whole number, where the first sample of each RoI lies and bilinear
 * interpolation has a kink, the slope is the one to the right, again as there.
 *
 * The CUDA file itself is not its forward's derivative in some points that are
 * left from an older forward, and they are not followed: bins are
 * (end - start + 1) / P wide in its backward, so that the map's gradient lacks
 * up to half of the bins that read a RoI's last places; samples outside the map
 * read before its first value; and a sample at the far border of one axis has
 * no derivative along the other. */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/roi_warp_places.h"

/* ------------------------------------------------------------------ the map */

/* Channels [first, end).  RoIs overlap, so two of them may add to one place:
 * each thread has a range of channels to itself and takes all RoIs in order. */
struct range {
    int32_t first, end;
};

static void spread_bin(const struct det_tensor *map, const struct det_tap *y,
                       const struct det_tap *x, const float *gradient,
                       struct range range)
{
    if (!y->inside || !x->inside)
        return;
    const struct det_warp_corners corners = det_warp_corners(map, y, x);
    const float weights[4] = {
        (1.0f - y->weight) * (1.0f - x->weight), (1.0f - y->weight) * x->weight,
        y->weight * (1.0f - x->weight), y->weight * x->weight};
    for (int i = 0; i < 4; i++) {
        float *restrict to = map->data + corners.at[i];
        for (int32_t k = range.first; k < range.end; k++)
            to[k] += weights[i] * gradient[k];
    }
}

static void map_gradient(const struct det_roi_warp_backward *op,
                         struct range range)
{
    const struct det_tensor *g = &op->gradient;
    struct det_roi_warp to = op->warp;
    to.map.data = op->map.tensor.data;
    const float *gradient = g->data;
    for (int32_t r = 0; r < g->n; r++) {
        const struct det_warped_roi roi = det_warp_roi(&to, r, g->h);
        for (int32_t py = 0; py < g->h; py++) {
            const struct det_tap y = det_warp_tap(&roi.y, py, roi.map.h);
            for (int32_t px = 0; px < g->w; px++, gradient += g->c) {
                const struct det_tap x = det_warp_tap(&roi.x, px, roi.map.w);
                spread_bin(&roi.map, &y, &x, gradient, range);
            }
        }
    }
}

static void all_map_gradients(struct det_compute *compute,
                              const struct det_roi_warp_backward *op)
{
    const int shares = compute->threads;
    const int32_t c = op->gradient.c;
    const struct det_tensor *to = &op->map.tensor;
    if (!op->map.add)
        memset(to->data, 0, (size_t)det_tensor_count(to) * sizeof(float));
#pragma omp parallel for schedule(static, 1) num_threads(shares)
    for (int i = 0; i < shares; i++)
        map_gradient(op, (struct range){c * i / shares, c * (i + 1) / shares});
}

/* ---------------------------------------------------------------- the boxes */

/* Of the loss, per map place that a sample moves down and to the right. */
struct slope {
    double y, x;
};

static struct slope slope_of(const struct det_tensor *map,
                             const struct det_tap *y, const struct det_tap *x,
                             const float *gradient)
{
    struct slope slope = {0.0, 0.0};
    if (!y->inside || !x->inside)
        return slope;
    const struct det_warp_corners corners = det_warp_corners(map, y, x);
    const float *p0 = map->data + corners.at[0];
    const float *p1 = map->data + corners.at[1];
    const float *p2 = map->data + corners.at[2];
    const float *p3 = map->data + corners.at[3];
    for (int32_t k = 0; k < map->c; k++) {
        const float down =
            (1.0f - x->weight) * (p2[k] - p0[k]) + x->weight * (p3[k] - p1[k]);
        const float right =
            (1.0f - y->weight) * (p1[k] - p0[k]) + y->weight * (p3[k] - p2[k]);
        slope.y += (double)(gradient[k] * down);
        slope.x += (double)(gradient[k] * right);
    }
    slope.y = y->moves ? slope.y : 0.0;
    slope.x = x->moves ? slope.x : 0.0;
    return slope;
}

/* Share the slope of bin `index` of `side` between start and end. */
static void add_share(double *start, double *end,
                      const struct det_warped_axis *axis, double slope,
                      int32_t index, int32_t side)
{
    const double share = axis->grows ? (double)index / side : 0.0;
    *start += (1.0 - share) * slope;
    *end += share * slope;
}

static void box_gradient(const struct det_roi_warp_backward *op, int32_t r)
{
    const struct det_tensor *g = &op->gradient;
    const struct det_warped_roi roi = det_warp_roi(&op->warp, r, g->h);
    const float *gradient = g->data + r * det_tensor_stride(g);
    double sums[4] = {0.0}; /* x1, y1, x2, y2 */
    for (int32_t py = 0; py < g->h; py++) {
        const struct det_tap y = det_warp_tap(&roi.y, py, roi.map.h);
        for (int32_t px = 0; px < g->w; px++, gradient += g->c) {
            const struct det_tap x = det_warp_tap(&roi.x, px, roi.map.w);
            const struct slope slope = slope_of(&roi.map, &y, &x, gradient);
            add_share(&sums[0], &sums[2], &roi.x, slope.x, px, g->w);
            add_share(&sums[1], &sums[3], &roi.y, slope.y, py, g->h);
        }
    }
    float *to = op->boxes.tensor.data + 4 * (int64_t)r;
    for (int i = 0; i < 4; i++) {
        const float value = (float)(sums[i] * (double)op->warp.scale);
        to[i] = op->boxes.add ? to[i] + value : value;
    }
}

/* ----------------------------------------------------------------- the slot */

det_status det_roi_warp_backward_cpu(struct det_compute *compute,
                                     const struct det_roi_warp_backward *op)
{
    if (op->map.tensor.data)
        all_map_gradients(compute, op);
    if (!op->boxes.tensor.data)
        return DET_OK;
#pragma omp parallel for schedule(dynamic, 4) num_threads(compute->threads)
    for (int32_t r = 0; r < op->gradient.n; r++)
        box_gradient(op, r);
    return DET_OK;
}
