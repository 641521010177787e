/* SPDX-License-Identifier: MIT */
/* compute/cpu/roi_warp_cpu.c, one thread for each channel of a bin. */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/place_cuda.h"
#include "compute/roi_warp_places.h"

/* Channel k of a bin. */
template <typename T>
static __device__ float warp_bin(const struct det_tensor *map,
                                 const struct det_tap *y,
                                 const struct det_tap *x, int32_t k)
{
    if (!y->inside || !x->inside)
        return 0.0f;
    const struct det_warp_corners corners = det_warp_corners(map, y, x);
    const T *from = det_elements<T>(*map) + k;
    const float w0 = (1.0f - y->weight) * (1.0f - x->weight);
    const float w1 = (1.0f - y->weight) * x->weight;
    const float w2 = y->weight * (1.0f - x->weight);
    const float w3 = y->weight * x->weight;
    return w0 * (float)from[corners.at[0]] + w1 * (float)from[corners.at[1]] +
           w2 * (float)from[corners.at[2]] + w3 * (float)from[corners.at[3]];
}

template <typename T> static __global__ void warp(struct det_roi_warp op)
{
    const struct det_tensor out = op.out;
    DET_EACH_ELEMENT (i, det_tensor_count(&out)) {
        const struct det_place p = det_place_at(&out, i);
        const struct det_warped_roi roi = det_warp_roi(&op, p.n, out.h);
        const struct det_tap y = det_warp_tap(&roi.y, p.y, roi.map.h);
        const struct det_tap x = det_warp_tap(&roi.x, p.x, roi.map.w);
        det_elements<T>(out)[i] = T(warp_bin<T>(&roi.map, &y, &x, p.k));
    }
}

extern "C" {

det_status det_roi_warp_cuda(struct det_compute *compute,
                             const struct det_roi_warp *op)
{
    struct det_roi_warp on = *op;
    DET_TRY(det_stage_array(compute, &on.image_index, op->image_index,
                            (size_t)op->out.n * sizeof *on.image_index));
    det_by_element(op->map.element, [&](auto zero) {
        DET_LAUNCH_EACH(warp<decltype(zero)>, det_tensor_count(&op->out),
                        compute, on);
    });
    return det_launched(compute, "roi_warp");
}

} /* extern "C" */
