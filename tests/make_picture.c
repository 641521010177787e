/* SPDX-License-Identifier: MIT */
/*
 * usage: make_picture rgb8.png|rgb16.png|gray16.png|jpeg WIDTH HEIGHT OUT
 *
 * A picture of smooth waves, of sizes and kinds that cameras do not make.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* needs stdio.h */
#include <png.h>

struct picture {
    unsigned width, height;
    int channels, bytes; /* of a sample */
    FILE *file;
    uint8_t *row;
};

static void fill_row(struct picture *p, unsigned y)
{
    uint8_t *at = p->row;
    for (unsigned x = 0; x < p->width; x++)
        for (int c = 0; c < p->channels; c++) {
            const double wave = sin(0.07 * x + 0.11 * y * (c + 1) + c);
            const unsigned value = (unsigned)(32767.5 + 32767.0 * wave);
            *at++ = (uint8_t)(value >> 8);
            if (p->bytes == 2)
                *at++ = (uint8_t)value;
        }
}

static void write_png(struct picture *p)
{
    png_struct *png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_info *info = png_create_info_struct(png);
    png_init_io(png, p->file);
    png_set_IHDR(png, info, p->width, p->height, 8 * p->bytes,
                 p->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (unsigned y = 0; y < p->height; y++) {
        fill_row(p, y);
        png_write_row(png, p->row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

static void write_jpeg(struct picture *p)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, p->file);
    jpeg.image_width = p->width;
    jpeg.image_height = p->height;
    jpeg.input_components = p->channels;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (unsigned y = 0; y < p->height; y++) {
        fill_row(p, y);
        jpeg_write_scanlines(&jpeg, &p->row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: make_picture KIND WIDTH HEIGHT OUT\n");
        return 2;
    }
    struct picture p = {
        .width = (unsigned)strtoul(argv[2], NULL, 10),
        .height = (unsigned)strtoul(argv[3], NULL, 10),
        .channels = strncmp(argv[1], "gray", 4) == 0 ? 1 : 3,
        .bytes = strstr(argv[1], "16") ? 2 : 1,
        .file = fopen(argv[4], "wb"),
    };
    p.row = malloc((size_t)p.width * 6 + 1);
    if (!p.file || !p.row)
        return 1;
    if (strcmp(argv[1], "jpeg") == 0)
        write_jpeg(&p);
    else
        write_png(&p);
    free(p.row);
    return fclose(p.file) != 0;
}
