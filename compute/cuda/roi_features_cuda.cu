/* SPDX-License-Identifier: MIT */
/* compute/cpu/roi_features_cpu.c, one thread for each channel of a bin. */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/layout_cuda.h"
#include "compute/cuda/place_cuda.h"
#include "compute/roi_places.h"

/* The map of region r. */
static __device__ int32_t map_of(const struct det_roi_features *op, int32_t r)
{
    return op->map_index ? op->map_index[r] : 0;
}

/* ----------------------------------------------------------------- RoIAlign */

/* Channel k of bin (py, px). */
template <typename T>
static __device__ float align_bin(const struct det_tensor *map,
                                  const struct det_aligned_roi *roi, int32_t py,
                                  int32_t px, int32_t k)
{
    float sum = 0.0f;
    for (int32_t iy = 0; iy < roi->grid_h; iy++) {
        const float y =
            det_roi_sample_at(roi->y, roi->bin_h, roi->grid_h, py, iy);
        for (int32_t ix = 0; ix < roi->grid_w; ix++) {
            const float x =
                det_roi_sample_at(roi->x, roi->bin_w, roi->grid_w, px, ix);
            const struct det_bilinear b = det_bilinear_at(map, y, x);
            const T *from = det_elements<T>(*map) + k;
            sum += b.weight[0] * (float)from[b.at[0]] +
                   b.weight[1] * (float)from[b.at[1]] +
                   b.weight[2] * (float)from[b.at[2]] +
                   b.weight[3] * (float)from[b.at[3]];
        }
    }
    return sum / det_roi_samples(roi);
}

template <typename T> static __global__ void align(struct det_roi_features op)
{
    const struct det_tensor out = op.out;
    DET_EACH_ELEMENT (i, det_tensor_count(&out)) {
        const struct det_place p = det_place_at(&out, i);
        const int32_t index = map_of(&op, p.n);
        const struct det_tensor map = det_roi_map(&op, &op.maps[index], p.n);
        const struct det_aligned_roi roi =
            det_place_roi(&op, &op.boxes[p.n], op.scales[index]);
        det_elements<T>(out)[i] =
            T(align_bin<T>(&map, &roi, p.y * op.step, p.x * op.step, p.k));
    }
}

/* ------------------------------------------------------------------ RoIPool */

template <typename T>
static __device__ float pool_bin(const struct det_tensor *map,
                                 const int32_t rows[2],
                                 const int32_t columns[2], int32_t k)
{
    const T *from = det_elements<T>(*map) + k;
    const bool empty = rows[0] >= rows[1] || columns[0] >= columns[1];
    float most = empty ? 0.0f : -INFINITY;
    for (int32_t y = rows[0]; y < rows[1]; y++)
        for (int32_t x = columns[0]; x < columns[1]; x++) {
            const float value = from[((int64_t)y * map->w + x) * map->c];
            most = value > most ? value : most;
        }
    return most;
}

template <typename T> static __global__ void pool(struct det_roi_features op)
{
    const struct det_tensor out = op.out;
    DET_EACH_ELEMENT (i, det_tensor_count(&out)) {
        const struct det_place p = det_place_at(&out, i);
        const int32_t index = map_of(&op, p.n);
        const struct det_tensor map = det_roi_map(&op, &op.maps[index], p.n);
        const struct det_pooled_roi roi =
            det_place_pooled_roi(&op.boxes[p.n], op.scales[index]);
        int32_t rows[2], columns[2];
        det_pool_range(rows, roi.y, roi.h, p.y * op.step, op.side, map.h);
        det_pool_range(columns, roi.x, roi.w, p.x * op.step, op.side, map.w);
        det_elements<T>(out)[i] = T(pool_bin<T>(&map, rows, columns, p.k));
    }
}

/* ----------------------------------------------------------------- the slot */

static det_status finish(struct det_compute *compute,
                         const struct det_roi_features *op)
{
    struct det_conv2d rest = {};
    rest.out = op->out;
    rest.bias = op->bias;
    rest.norm = op->norm;
    rest.relu = op->relu;
    return det_epilogue_cuda(compute, &rest);
}

extern "C" {

det_status det_roi_features_cuda(struct det_compute *compute,
                                 const struct det_roi_features *op)
{
    struct det_roi_features on = *op;
    const size_t n = (size_t)op->out.n;
    const int64_t count = det_tensor_count(&op->out);
    DET_TRY(
        det_stage_array(compute, &on.boxes, op->boxes, n * sizeof *on.boxes));
    DET_TRY(det_stage_array(compute, &on.map_index, op->map_index,
                            n * sizeof *on.map_index));
    DET_TRY(det_stage_array(compute, &on.image_index, op->image_index,
                            n * sizeof *on.image_index));
    det_by_element(op->out.element, [&](auto zero) {
        using T = decltype(zero);
        if (op->kind == DET_ROI_ALIGN)
            DET_LAUNCH_EACH(align<T>, count, compute, on);
        else
            DET_LAUNCH_EACH(pool<T>, count, compute, on);
    });
    DET_TRY(det_launched(compute, "roi_features"));
    return det_roi_features_finishes(op) ? finish(compute, op) : DET_OK;
}

} /* extern "C" */
