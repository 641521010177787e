/* SPDX-License-Identifier: MIT */
/* compute/cpu/roi_features_backward_cpu.c, seen from the map: the same sums in
 * the same order. */
#include "compute/cuda/region_gather_cuda.h"
#include "compute/roi_places.h"

/* The regions of one map.  The arrays are the device's. */
struct read_regions {
    struct det_roi_features roi;
    struct det_tensor gradient; /* of roi.out */
    int32_t index;              /* of the map */
};

static __device__ bool reads(const struct read_regions *on, int32_t r,
                             int32_t image)
{
    const struct det_roi_features *roi = &on->roi;
    return (roi->map_index ? roi->map_index[r] : 0) == on->index &&
           (roi->image_index ? roi->image_index[r] : 0) == image;
}

/* Of bin (py, px), from the element's first channel on. */
template <typename T>
static __device__ const T *gradient_at(const struct read_regions *on, int32_t r,
                                       int32_t py, int32_t px,
                                       const struct det_map_element *e)
{
    const struct det_tensor *g = &on->gradient;
    return det_elements<T>(*g) + (((int64_t)r * g->h + py) * g->w + px) * g->c +
           e->channel;
}

/* ----------------------------------------------------------------- RoIAlign */

static __device__ float axis_weight(int32_t place, float at, int32_t size)
{
    const struct det_roi_tap tap = det_roi_tap_at(at, size);
    return tap.inside ? det_weight_at(place, tap.low, tap.high, tap.weight)
                      : 0.0f;
}

template <typename T> struct aligned_regions {
    using element = T;
    struct read_regions on;

    __device__ struct det_aligned_roi place(int32_t r) const
    {
        return det_place_roi(&on.roi, &on.roi.boxes[r],
                             on.roi.scales[on.index]);
    }

    /* A sample is at most one place away from those that it reads. */
    __device__ struct det_bins rows_near(const struct det_aligned_roi *roi,
                                         int32_t y) const
    {
        return det_bins_near(roi->y, roi->bin_h, on.gradient.h, (float)(y - 1),
                             (float)(y + 1));
    }

    __device__ struct det_bins columns_near(const struct det_aligned_roi *roi,
                                            int32_t x, int32_t last) const
    {
        return det_bins_near(roi->x, roi->bin_w, on.gradient.w, (float)(x - 1),
                             (float)(last + 1));
    }

    __device__ bool reaches(int32_t r, const struct det_map_tile *tile) const
    {
        if (!reads(&on, r, tile->image))
            return false;
        const struct det_aligned_roi roi = place(r);
        const struct det_bins rows = rows_near(&roi, tile->y);
        const struct det_bins columns =
            columns_near(&roi, tile->x, tile->end - 1);
        return rows.first <= rows.last && columns.first <= columns.last;
    }

    __device__ void add_bin(float *sums, const struct det_aligned_roi *roi,
                            int32_t py, int32_t px, const T *gradient,
                            const struct det_map_element *e) const
    {
        const struct det_tensor *map = &on.roi.maps[on.index];
        const float share = 1.0f / det_roi_samples(roi);
        for (int32_t iy = 0; iy < roi->grid_h; iy++) {
            const float y = axis_weight(
                e->y,
                det_roi_sample_at(roi->y, roi->bin_h, roi->grid_h, py, iy),
                map->h);
            for (int32_t ix = 0; y != 0.0f && ix < roi->grid_w; ix++) {
                const float x = axis_weight(
                    e->x,
                    det_roi_sample_at(roi->x, roi->bin_w, roi->grid_w, px, ix),
                    map->w);
                if (x != 0.0f)
                    det_add_channels(sums, y * x * share, gradient, e);
            }
        }
    }

    __device__ void add(float *sums, int32_t r,
                        const struct det_map_element *e) const
    {
        const struct det_aligned_roi roi = place(r);
        const struct det_bins rows = rows_near(&roi, e->y);
        const struct det_bins columns = columns_near(&roi, e->x, e->x);
        for (int32_t py = rows.first; py <= rows.last; py++)
            for (int32_t px = columns.first; px <= columns.last; px++)
                add_bin(sums, &roi, py, px, gradient_at<T>(&on, r, py, px, e),
                        e);
    }
};

/* ------------------------------------------------------------------ RoIPool */

/* The places of one channel of a bin, one place and the next `step` elements
 * apart. */
template <typename T> struct pooled_bin {
    const T *map;
    int32_t rows[2], columns[2];
    int32_t width, step;
};

template <typename T>
static __device__ float value_at(const struct pooled_bin<T> *bin, int32_t y,
                                 int32_t x)
{
    return (float)bin->map[((int64_t)y * bin->width + x) * bin->step];
}

/* Whether a search for the bin's maximum that begins with its first place ends
 * at (y, x): NaN stays where it is first, and is passed over behind. */
template <typename T>
static __device__ bool is_first_maximum(const struct pooled_bin<T> *bin,
                                        int32_t y, int32_t x)
{
    const float value = value_at(bin, y, x);
    const bool begins = y == bin->rows[0] && x == bin->columns[0];
    if (!begins && !(value > value_at(bin, bin->rows[0], bin->columns[0])))
        return false;
    for (int32_t row = bin->rows[0]; row < bin->rows[1]; row++)
        for (int32_t column = bin->columns[0]; column < bin->columns[1];
             column++) {
            const float other = value_at(bin, row, column);
            const bool before = row < y || (row == y && column < x);
            if (other > value || (before && other == value))
                return false;
        }
    return true;
}

static __device__ bool has(const int32_t range[2], int32_t place)
{
    return place >= range[0] && place < range[1];
}

template <typename T> struct pooled_regions {
    using element = T;
    struct read_regions on;

    __device__ struct det_pooled_roi place(int32_t r) const
    {
        return det_place_pooled_roi(&on.roi.boxes[r], on.roi.scales[on.index]);
    }

    __device__ bool reaches(int32_t r, const struct det_map_tile *tile) const
    {
        if (!reads(&on, r, tile->image))
            return false;
        const struct det_pooled_roi roi = place(r);
        return tile->y >= roi.y && tile->y - roi.y < roi.h &&
               tile->end > roi.x && tile->x - roi.x < roi.w;
    }

    /* To those of the element's channels whose maximum it is. */
    __device__ void add_bin(float *sums, struct pooled_bin<T> *bin,
                            const T *map, const T *gradient,
                            const struct det_map_element *e) const
    {
        for (int j = 0; j < DET_LANE_CHANNELS; j++) {
            bin->map = map + j * DET_TILE_LANES;
            if (j * DET_TILE_LANES < e->left &&
                is_first_maximum(bin, e->y, e->x))
                sums[j] += (float)gradient[j * DET_TILE_LANES];
        }
    }

    __device__ void add(float *sums, int32_t r,
                        const struct det_map_element *e) const
    {
        const struct det_tensor *g = &on.gradient;
        const struct det_tensor map =
            det_roi_map(&on.roi, &on.roi.maps[on.index], r);
        const struct det_pooled_roi roi = place(r);
        const float y = (float)(e->y - roi.y), x = (float)(e->x - roi.x);
        const struct det_bins rows =
            det_bins_near(0.0f, (float)roi.h / (float)g->h, g->h, y, y + 1.0f);
        const struct det_bins columns =
            det_bins_near(0.0f, (float)roi.w / (float)g->w, g->w, x, x + 1.0f);
        struct pooled_bin<T> bin = {
            NULL, {0}, {0}, map.w, map.c
        };
        for (int32_t py = rows.first; py <= rows.last; py++)
            for (int32_t px = columns.first; px <= columns.last; px++) {
                det_pool_range(bin.rows, roi.y, roi.h, py, g->h, map.h);
                det_pool_range(bin.columns, roi.x, roi.w, px, g->w, map.w);
                if (has(bin.rows, e->y) && has(bin.columns, e->x))
                    add_bin(sums, &bin, det_elements<T>(map) + e->channel,
                            gradient_at<T>(&on, r, py, px, e), e);
            }
    }
};

/* ----------------------------------------------------------------- the slot */

template <typename T>
static void gather_map(struct det_compute *compute,
                       const struct det_gradient *to,
                       const struct read_regions *on)
{
    const int32_t count = on->gradient.n;
    if (on->roi.kind == DET_ROI_ALIGN) {
        const struct aligned_regions<T> regions = {
            *on
        };
        det_launch_gather(compute, to, count, regions);
    } else {
        const struct pooled_regions<T> regions = {
            *on
        };
        det_launch_gather(compute, to, count, regions);
    }
}

extern "C" {

det_status
det_roi_features_backward_cuda(struct det_compute *compute,
                               const struct det_roi_features_backward *op)
{
    struct read_regions on = {op->roi, op->gradient, 0};
    const size_t n = (size_t)op->gradient.n;
    DET_TRY(det_stage_array(compute, &on.roi.boxes, op->roi.boxes,
                            n * sizeof *on.roi.boxes));
    DET_TRY(det_stage_array(compute, &on.roi.map_index, op->roi.map_index,
                            n * sizeof *on.roi.map_index));
    DET_TRY(det_stage_array(compute, &on.roi.image_index, op->roi.image_index,
                            n * sizeof *on.roi.image_index));
    for (; on.index < op->roi.num_maps; on.index++)
        if (op->maps[on.index].tensor.data)
            det_by_element(op->gradient.element, [&](auto zero) {
                gather_map<decltype(zero)>(compute, &op->maps[on.index], &on);
            });
    return det_launched(compute, "roi_features_backward");
}

} /* extern "C" */
