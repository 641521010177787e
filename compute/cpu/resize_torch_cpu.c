/* SPDX-License-Identifier: MIT */
/*
 * torch's bilinear F.interpolate without align_corners and antialiasing, over
 * normalised values of channels-last images, which is what
 * torchvision.io.read_image and numpy photos are (ATen/native/cpu/
 * UpSampleKernel.cpp; measured on torch 1.13, equal to the last bit): the scale
 * is float32 and source coordinates are double; the four weights are float32
 * products, and the four terms are summed in double.  50 layers make the last
 * bit of a pixel visible in the third decimal of a box.
 */
#include "compute/cpu/resize_cpu.h"

static struct det_resize_tap tap_at(int32_t index, int32_t in, int32_t out,
                                    double factor)
{
    (void)factor;
    return det_torch_tap_at(index, in, out);
}

static void resize_row(float *restrict out,
                       const struct det_pixel_reader *reader,
                       const struct det_resize_rows *rows,
                       const struct det_resize_tap *taps, int32_t columns)
{
    const float down = rows->weight, up = 1.0f - down;
    for (int32_t x = 0; x < columns; x++, out += DET_RGB) {
        const float right = taps[x].weight, left = 1.0f - right;
        const double weights[4] = {(double)(up * left), (double)(up * right),
                                   (double)(down * left),
                                   (double)(down * right)};
        const size_t a = (size_t)taps[x].first * reader->layout.step;
        const size_t b = (size_t)taps[x].second * reader->layout.step;
        for (int c = 0; c < DET_RGB; c++) {
            const float *value = reader->value[c];
            const int32_t offset = reader->layout.offset[c];
            out[c] =
                (float)(weights[0] * (double)value[rows->upper[a + offset]] +
                        weights[1] * (double)value[rows->upper[b + offset]] +
                        weights[2] * (double)value[rows->lower[a + offset]] +
                        weights[3] * (double)value[rows->lower[b + offset]]);
        }
    }
}

const struct det_resize_rule det_resize_torch = {tap_at, resize_row};
