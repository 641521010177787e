/* SPDX-License-Identifier: MIT */
/*
 * OpenCV's INTER_LINEAR on floats (imgproc/src/resize.cpp): rows are
 * interpolated along x first, then the two rows along y; where the samples lie
 * is in geometry/opencv_tap.h.
 */
#include "compute/cpu/resize_cpu.h"

static void resize_row(float *restrict out,
                       const struct det_pixel_reader *reader,
                       const struct det_resize_rows *rows,
                       const struct det_resize_tap *taps, int32_t columns)
{
    const float down = rows->weight, up = 1.0f - down;
    for (int32_t x = 0; x < columns; x++, out += DET_RGB) {
        const float right = taps[x].weight, left = 1.0f - right;
        const size_t a = (size_t)taps[x].first * reader->layout.step;
        const size_t b = (size_t)taps[x].second * reader->layout.step;
        for (int c = 0; c < DET_RGB; c++) {
            const float *value = reader->value[c];
            const int32_t offset = reader->layout.offset[c];
            const float upper = left * value[rows->upper[a + offset]] +
                                right * value[rows->upper[b + offset]];
            const float lower = left * value[rows->lower[a + offset]] +
                                right * value[rows->lower[b + offset]];
            out[c] = up * upper + down * lower;
        }
    }
}

const struct det_resize_rule det_resize_opencv = {det_opencv_resize_tap_at,
                                                  resize_row};
