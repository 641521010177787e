/* SPDX-License-Identifier: MIT */
#include "train/colour.h"

static uint8_t to_byte(double value)
{
    return value <= 0.0 ? 0 : value >= 255.0 ? 255 : (uint8_t)(value + 0.5);
}

void det_colour_pca(uint8_t *pixels, size_t count, struct det_random *random)
{
    /* Of ImageNet's pixels / 255 (fb.resnet.torch, datasets/imagenet.lua). */
    static const double values[3] = {0.2175, 0.0188, 0.0045};
    static const double vectors[3][3] = {{-0.5675, 0.7192, 0.4009},
                                         {-0.5808, -0.0045, -0.8140},
                                         {-0.5836, -0.6948, 0.4203}};
    double factor[3], shift[3] = {0};
    for (int i = 0; i < 3; i++)
        factor[i] = 0.1 * det_random_normal(random) * values[i];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 3; i++)
            shift[c] += 255.0 * vectors[c][i] * factor[i];
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            pixels[3 * i + c] = to_byte(pixels[3 * i + c] + shift[c]);
}

/* ITU-R 601-2, as Pillow's convert("L"). */
static double grey(const uint8_t *pixel)
{
    return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
}

static double factor_of(double amount, struct det_random *random)
{
    return 1.0 + amount * (2.0 * det_random_uniform(random) - 1.0);
}

void det_colour_jitter(uint8_t *pixels, size_t count, double amount,
                       struct det_random *random)
{
    const double brightness = factor_of(amount, random);
    const double contrast = factor_of(amount, random);
    const double saturation = factor_of(amount, random);
    double mean = 0.0;
    for (size_t i = 0; i < count; i++)
        mean += brightness * grey(pixels + 3 * i) / (double)count;
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = pixels + 3 * i;
        const double own = mean + contrast * (brightness * grey(p) - mean);
        for (int c = 0; c < 3; c++) {
            const double value = mean + contrast * (brightness * p[c] - mean);
            p[c] = to_byte(own + saturation * (value - own));
        }
    }
}
