/* SPDX-License-Identifier: MIT */
/* compute/cpu/roi_warp_backward_cpu.c: the map's gradient seen from the map,
 * the same sums in the same order; the boxes' by one block for each box. */
#include "compute/cuda/region_gather_cuda.h"
#include "compute/roi_warp_places.h"

/* ------------------------------------------------------------------ the map */

static __device__ float axis_weight(int32_t place, const struct det_tap *tap)
{
    return tap->inside ? det_weight_at(place, tap->low, tap->high, tap->weight)
                       : 0.0f;
}

template <typename T> struct warped_regions {
    using element = T;
    struct det_roi_warp warp;   /* image_index is the device's */
    struct det_tensor gradient; /* of warp.out */

    /* Of places first..last. */
    __device__ struct det_bins near(const struct det_warped_axis *axis,
                                    int32_t first, int32_t last) const
    {
        return det_bins_near(axis->start, axis->bin, gradient.h,
                             (float)(first - 1), (float)(last + 1));
    }

    __device__ bool reaches(int32_t r, const struct det_map_tile *tile) const
    {
        if ((warp.image_index ? warp.image_index[r] : 0) != tile->image)
            return false;
        const struct det_warped_roi roi = det_warp_roi(&warp, r, gradient.h);
        const struct det_bins rows = near(&roi.y, tile->y, tile->y);
        const struct det_bins columns = near(&roi.x, tile->x, tile->end - 1);
        return rows.first <= rows.last && columns.first <= columns.last;
    }

    __device__ void add_bin(float *sums, int32_t r, int32_t py, int32_t px,
                            float weight, const struct det_map_element *e) const
    {
        const struct det_tensor *g = &gradient;
        const int64_t bin = ((int64_t)r * g->h + py) * g->w + px;
        if (weight != 0.0f)
            det_add_channels(sums, weight,
                             det_elements<T>(*g) + bin * g->c + e->channel, e);
    }

    __device__ void add(float *sums, int32_t r,
                        const struct det_map_element *e) const
    {
        const struct det_warped_roi roi = det_warp_roi(&warp, r, gradient.h);
        const struct det_bins rows = near(&roi.y, e->y, e->y);
        const struct det_bins columns = near(&roi.x, e->x, e->x);
        for (int32_t py = rows.first; py <= rows.last; py++) {
            const struct det_tap y = det_warp_tap(&roi.y, py, roi.map.h);
            const float down = axis_weight(e->y, &y);
            for (int32_t px = columns.first; down != 0.0f && px <= columns.last;
                 px++) {
                const struct det_tap x = det_warp_tap(&roi.x, px, roi.map.w);
                add_bin(sums, r, py, px, down * axis_weight(e->x, &x), e);
            }
        }
    }
};

/* ---------------------------------------------------------------- the boxes */

/* Of the loss, per map place that a sample moves down and to the right. */
struct slope {
    double y, x;
};

/* Of channel k. */
template <typename T>
static __device__ struct slope
slope_of(const struct det_tensor *map, const struct det_tap *y,
         const struct det_tap *x, float gradient, int32_t k)
{
    struct slope slope = {0.0, 0.0};
    if (!y->inside || !x->inside)
        return slope;
    const struct det_warp_corners corners = det_warp_corners(map, y, x);
    const T *from = det_elements<T>(*map) + k;
    const float p0 = (float)from[corners.at[0]];
    const float p1 = (float)from[corners.at[1]];
    const float p2 = (float)from[corners.at[2]];
    const float p3 = (float)from[corners.at[3]];
    const float down = (1.0f - x->weight) * (p2 - p0) + x->weight * (p3 - p1);
    const float right = (1.0f - y->weight) * (p1 - p0) + y->weight * (p3 - p2);
    slope.y = y->moves ? (double)(gradient * down) : 0.0;
    slope.x = x->moves ? (double)(gradient * right) : 0.0;
    return slope;
}

/* Of x1, y1, x2, y2. */
struct box_sums {
    double of[4];

    __device__ void operator+=(const struct box_sums &other)
    {
        for (int i = 0; i < 4; i++)
            of[i] += other.of[i];
    }
};

/* Share the slope of bin `index` of `side` between start and end. */
static __device__ void add_share(double *start, double *end,
                                 const struct det_warped_axis *axis,
                                 double slope, int32_t index, int32_t side)
{
    const double share = axis->grows ? (double)index / side : 0.0;
    *start += (1.0 - share) * slope;
    *end += share * slope;
}

/* This thread's share of region r. */
template <typename T>
static __device__ struct box_sums
share_of_box(const struct det_roi_warp_backward *op, int32_t r)
{
    const struct det_tensor *g = &op->gradient;
    const struct det_warped_roi roi = det_warp_roi(&op->warp, r, g->h);
    const int64_t stride = (int64_t)g->h * g->w * g->c;
    const T *gradient = det_elements<T>(*g) + r * stride;
    struct box_sums sums = {{0.0}};
    for (int64_t i = threadIdx.x; i < stride; i += DET_BLOCK) {
        const int32_t bin = (int32_t)(i / g->c);
        const int32_t py = bin / g->w, px = bin % g->w;
        const struct det_tap y = det_warp_tap(&roi.y, py, roi.map.h);
        const struct det_tap x = det_warp_tap(&roi.x, px, roi.map.w);
        const struct slope slope = slope_of<T>(
            &roi.map, &y, &x, (float)gradient[i], (int32_t)(i % g->c));
        add_share(&sums.of[0], &sums.of[2], &roi.x, slope.x, px, g->w);
        add_share(&sums.of[1], &sums.of[3], &roi.y, slope.y, py, g->h);
    }
    return sums;
}

template <typename T>
static __global__ void box_gradients(struct det_roi_warp_backward op)
{
    __shared__ struct box_sums room[DET_BLOCK];
    const int32_t r = (int32_t)blockIdx.x;
    const struct box_sums sums = det_block_sum(share_of_box<T>(&op, r), room);
    float *to = op.boxes.tensor.data + 4 * (int64_t)r;
    for (int i = 0; threadIdx.x == 0 && i < 4; i++) {
        const float value = (float)(sums.of[i] * (double)op.warp.scale);
        to[i] = op.boxes.add ? to[i] + value : value;
    }
}

/* ----------------------------------------------------------------- the slot */

template <typename T>
static void launch(struct det_compute *compute,
                   const struct det_roi_warp_backward *on)
{
    const int32_t n = on->gradient.n;
    if (on->map.tensor.data) {
        const struct warped_regions<T> regions = {
            on->warp, on->gradient
        };
        det_launch_gather(compute, &on->map, n, regions);
    }
    if (on->boxes.tensor.data && n > 0)
        DET_LAUNCH_BLOCKS(box_gradients<T>, (unsigned)n, DET_BLOCK,
                          compute->device->stream, *on);
}

extern "C" {

det_status det_roi_warp_backward_cuda(struct det_compute *compute,
                                      const struct det_roi_warp_backward *op)
{
    struct det_roi_warp_backward on = *op;
    DET_TRY(
        det_stage_array(compute, &on.warp.image_index, op->warp.image_index,
                        (size_t)op->gradient.n * sizeof *on.warp.image_index));
    det_by_element(op->gradient.element,
                   [&](auto zero) { launch<decltype(zero)>(compute, &on); });
    return det_launched(compute, "roi_warp_backward");
}

} /* extern "C" */
