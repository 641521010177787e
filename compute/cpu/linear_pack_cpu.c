/* SPDX-License-Identifier: MIT */
/* A linear layer's weights as compute/cpu/linear_cpu.c reads them: for each
 * panel of outputs, [depth, DET_PANEL], the depth in the order of a map in
 * memory; zeros fill the last panel. */
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum { ROOM = 512 }; /* floats of each output's weights, turned at a time */

static int32_t map_area(const struct det_conv_shape *s)
{
    return s->kernel_h * s->kernel_w;
}

/* [lanes, C, R * S] to [R * S, C, DET_PANEL], some channels at a time, whose
 * weights stay in the cache while each place takes its own. */
static void pack_panel(float *panel, const struct det_conv_shape *s,
                       const float *weight, int32_t lanes)
{
    const int32_t area = map_area(s), channels = s->in_channels;
    const int32_t most = area < ROOM ? ROOM / area : 1;
    const int64_t row = (int64_t)area * channels;
    for (int32_t first = 0; first < channels; first += most) {
        const int32_t count = det_smaller(most, channels - first);
        for (int32_t rs = 0; rs < area; rs++) {
            const float *from = weight + (int64_t)first * area + rs;
            float *to = panel + ((int64_t)rs * channels + first) * DET_PANEL;
            for (int32_t c = 0; c < count; c++, from += area, to += DET_PANEL)
                for (int32_t k = 0; k < DET_PANEL; k++)
                    to[k] = k < lanes ? from[k * row] : 0.0f;
        }
    }
}

det_status det_pack_linear_cpu(struct det_compute *compute, float *packed,
                               const struct det_conv_shape *s,
                               const float *weight)
{
    const size_t row = (size_t)map_area(s) * (size_t)s->in_channels;
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t first = 0; first < s->out_channels; first += DET_PANEL)
        pack_panel(packed + (size_t)first * row, s,
                   weight + (size_t)first * row,
                   det_smaller(DET_PANEL, s->out_channels - first));
    return DET_OK;
}
