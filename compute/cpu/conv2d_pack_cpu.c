/* SPDX-License-Identifier: MIT */
#include "compute/cpu/conv2d_pack_cpu.h"

#include <string.h>

#include "compute/cpu/conv2d_kernel_cpu.h"
#include "compute/cpu/ops_cpu.h"

static int32_t kernel_area(const struct det_conv_shape *s)
{
    return s->kernel_h * s->kernel_w;
}

static int32_t panels(const struct det_conv_shape *s)
{
    return (s->out_channels / s->groups + DET_PANEL - 1) / DET_PANEL;
}

static size_t panel_size(const struct det_conv_shape *s)
{
    return (size_t)kernel_area(s) * (size_t)(s->in_channels / s->groups) *
           DET_PANEL;
}

size_t det_packed_conv2d_count_cpu(const struct det_conv_shape *s)
{
    return (size_t)s->groups * (size_t)panels(s) * panel_size(s);
}

/* One panel: `lanes` output channels that begin at `weight`. */
static void pack_panel(float *panel, const struct det_conv_shape *s,
                       const struct det_conv2d_source *source,
                       const float *weight, int32_t lanes)
{
    const int32_t area = kernel_area(s);
    const int32_t channels = s->in_channels / s->groups;
    for (int32_t first = 0; first < channels; first += DET_CONV_GROUP) {
        const int32_t rest = channels - first;
        const int32_t width = rest < DET_CONV_GROUP ? rest : DET_CONV_GROUP;
        for (int32_t rs = 0; rs < area; rs++) {
            const float *tap = weight + (source->taps ? source->taps[rs] : rs);
            for (int32_t c = 0; c < width; c++, panel += DET_PANEL)
                for (int32_t k = 0; k < DET_PANEL; k++)
                    panel[k] = k < lanes ? tap[(first + c) * source->in_stride +
                                               k * source->out_stride]
                                         : 0.0f;
        }
    }
}

void det_conv2d_pack(int threads, float *packed, const struct det_conv_shape *s,
                     const struct det_conv2d_source *source)
{
    const int32_t columns = s->out_channels / s->groups;
    const int32_t of_group = panels(s);
#pragma omp parallel for num_threads(threads)
    for (int32_t i = 0; i < s->groups * of_group; i++) {
        const int32_t k = i % of_group * DET_PANEL, rest = columns - k;
        pack_panel(packed + (size_t)i * panel_size(s), s, source,
                   source->weight + i / of_group * source->group_stride +
                       k * source->out_stride,
                   rest < DET_PANEL ? rest : DET_PANEL);
    }
}

det_status det_pack_conv2d_cpu(struct det_compute *compute, float *packed,
                               const struct det_conv_shape *s,
                               const float *weight)
{
    const int64_t area = kernel_area(s);
    const int64_t row = area * (s->in_channels / s->groups);
    det_conv2d_pack(compute->threads, packed, s,
                    &(struct det_conv2d_source){
                        .weight = weight,
                        .group_stride = row * (s->out_channels / s->groups),
                        .out_stride = row,
                        .in_stride = area});
    return DET_OK;
}
