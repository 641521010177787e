/* SPDX-License-Identifier: MIT */
/* Which of the transforms the CPU gets. */
#include "compute/cpu/winograd_cpu.h"

#include "compute/cpu/clones_cpu.h"

void det_winograd_input(float *out, int64_t point_stride,
                        const float *const *places, int32_t channels,
                        struct det_winograd_size size)
{
    if (det_cpu_has_avx512())
        det_winograd_input_avx512(out, point_stride, places, channels, size);
    else
        det_winograd_input_avx2(out, point_stride, places, channels, size);
}

void det_winograd_weights(float *out, int64_t kernel_stride,
                          const struct det_winograd_taps *taps)
{
    if (det_cpu_has_avx512())
        det_winograd_weights_avx512(out, kernel_stride, taps);
    else
        det_winograd_weights_avx2(out, kernel_stride, taps);
}

void det_winograd_output(const struct det_winograd_tile *tile,
                         const float *sums, int64_t sum_stride)
{
    if (det_cpu_has_avx512())
        det_winograd_output_avx512(tile, sums, sum_stride);
    else
        det_winograd_output_avx2(tile, sums, sum_stride);
}
