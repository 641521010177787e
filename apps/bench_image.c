/* SPDX-License-Identifier: MIT */
#include "apps/bench_image.h"

#include <stdlib.h>

#include "apps/progress.h"

enum { CHANNELS = 3, TILES = 8 };

/* Smooth ground with a tile of another colour in every other field of a board,
 * and a little noise: contours and textures, as photos have. */
static uint8_t sample_at(const struct bench_size *size, int32_t y, int32_t x,
                         int channel, uint32_t *state)
{
    const int32_t row = (int32_t)((int64_t)y * TILES / size->height);
    const int32_t column = (int32_t)((int64_t)x * TILES / size->width);
    const uint32_t ground = (uint32_t)(96 + (y + x * (channel + 1)) / 8 % 64);
    const uint32_t tile =
        (uint32_t)(row * 5 + column * 3 + channel * 7) * 37 % 160 + 48;
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(((row + column) % 2 ? tile : ground) + (*state >> 28));
}

static void draw(uint8_t *samples, const struct bench_size *size)
{
    uint32_t state = 1;
    for (int32_t y = 0; y < size->height; y++)
        for (int32_t x = 0; x < size->width; x++)
            for (int c = 0; c < CHANNELS; c++)
                *samples++ = sample_at(size, y, x, c, &state);
}

bool bench_image_open(struct bench_image *out, const char *photo,
                      const det_image_options *options,
                      const struct bench_size *size)
{
    const size_t width = (size_t)size->width;
    *out = (struct bench_image){.photo = photo, .options = options};
    if (photo)
        return true;
    out->drawn = malloc((size_t)size->height * width * CHANNELS);
    if (!out->drawn)
        return false;
    draw(out->drawn, size);
    out->pixels = (det_pixels){.data = out->drawn,
                               .width = size->width,
                               .height = size->height,
                               .stride = width * CHANNELS,
                               .format = DET_PIXEL_RGB8};
    return true;
}

void bench_image_close(struct bench_image *image)
{
    det_image_destroy(&image->decoded);
    free(image->drawn);
    *image = (struct bench_image){0};
}

det_status bench_image_read(struct bench_image *image, det_context *context,
                            double *seconds)
{
    *seconds = 0.0;
    if (!image->photo)
        return DET_OK;
    det_image_destroy(&image->decoded);
    const double start = progress_clock();
    const det_status status = det_image_load_file(
        context, image->photo, image->options, &image->decoded);
    *seconds = progress_clock() - start;
    if (status == DET_OK)
        image->pixels = det_image_pixels(image->decoded);
    return status;
}
