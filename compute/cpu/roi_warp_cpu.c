/* SPDX-License-Identifier: MIT */
/* RoI warping (Dai, He and Sun 2016, "Instance-aware Semantic Segmentation via
 * Multi-task Network Cascades", section 3.1; caffe-mnc's
 * roi_warping_layer.cu, whose CPU version was never written). */
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/roi_warp_places.h"

static void warp_bin(float *restrict out, const struct det_tensor *map,
                     const struct det_tap *y, const struct det_tap *x)
{
    if (!y->inside || !x->inside) {
        memset(out, 0, (size_t)map->c * sizeof *out);
        return;
    }
    const struct det_warp_corners corners = det_warp_corners(map, y, x);
    const float *restrict p0 = map->data + corners.at[0];
    const float *restrict p1 = map->data + corners.at[1];
    const float *restrict p2 = map->data + corners.at[2];
    const float *restrict p3 = map->data + corners.at[3];
    const float w0 = (1.0f - y->weight) * (1.0f - x->weight);
    const float w1 = (1.0f - y->weight) * x->weight;
    const float w2 = y->weight * (1.0f - x->weight);
    const float w3 = y->weight * x->weight;
    for (int32_t k = 0; k < map->c; k++)
        out[k] = w0 * p0[k] + w1 * p1[k] + w2 * p2[k] + w3 * p3[k];
}

det_status det_roi_warp_cpu(struct det_compute *compute,
                            const struct det_roi_warp *op)
{
    const struct det_tensor *out = &op->out;
#pragma omp parallel for schedule(dynamic, 4) num_threads(compute->threads)
    for (int32_t r = 0; r < out->n; r++) {
        const struct det_warped_roi roi = det_warp_roi(op, r, out->h);
        float *to = out->data + r * det_tensor_stride(out);
        for (int32_t py = 0; py < out->h; py++) {
            const struct det_tap y = det_warp_tap(&roi.y, py, roi.map.h);
            for (int32_t px = 0; px < out->w; px++, to += out->c) {
                const struct det_tap x = det_warp_tap(&roi.x, px, roi.map.w);
                warp_bin(to, &roi.map, &y, &x);
            }
        }
    }
    return DET_OK;
}
