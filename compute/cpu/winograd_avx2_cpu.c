/* SPDX-License-Identifier: MIT */
/* For AVX2 and, where the compiler can make both, any other CPU. */
#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/winograd_lanes_cpu.h"

DET_CPU_CLONES
static void input_for_cpu(float *out, int64_t point_stride,
                          const float *const *places, int32_t channels,
                          struct det_winograd_size size)
{
    transform_input(out, point_stride, places, channels, size);
}

void det_winograd_input_avx2(float *out, int64_t point_stride,
                             const float *const *places, int32_t channels,
                             struct det_winograd_size size)
{
    input_for_cpu(out, point_stride, places, channels, size);
}

DET_CPU_CLONES
static void weights_for_cpu(float *out, int64_t point_stride, const float *taps,
                            int64_t tap_stride)
{
    transform_weights(out, point_stride, taps, tap_stride);
}

void det_winograd_weights_avx2(float *out, int64_t point_stride,
                               const float *taps, int64_t tap_stride)
{
    weights_for_cpu(out, point_stride, taps, tap_stride);
}

DET_CPU_CLONES
static void output_for_cpu(const struct det_winograd_tile *tile,
                           const float *sums, int64_t point_stride)
{
    transform_output(tile, sums, point_stride);
}

void det_winograd_output_avx2(const struct det_winograd_tile *tile,
                              const float *sums, int64_t point_stride)
{
    output_for_cpu(tile, sums, point_stride);
}
