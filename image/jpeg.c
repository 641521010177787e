/* SPDX-License-Identifier: MIT */
/*
 * JPEG by libjpeg: the slow integer DCT and fancy upsampling, which are
 * Pillow's settings, so that pixels equal those that models were trained on.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/memory.h"
#include "image/exif.h"
#include "image/image.h"

enum { MAX_SCANS = 100, APP1 = JPEG_APP0 + 1, MAX_MARKER = 65533 };

/* libjpeg's object with where its errors go. */
struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    bool damaged;
    char text[JMSG_LENGTH_MAX]; /* of the first error or damage */
};

static struct decoder *decoder_of(j_common_ptr common)
{
    return common->client_data;
}

static void on_error(j_common_ptr common)
{
    struct decoder *d = decoder_of(common);
    d->errors.format_message(common, d->text);
    longjmp(d->escape, 1);
}

/* Level -1 is damaged data, which libjpeg would paint over in grey. */
static void on_message(j_common_ptr common, int level)
{
    struct decoder *d = decoder_of(common);
    const int code = d->errors.msg_code;
    if (level >= 0 || d->damaged || code == JWRN_EXTRANEOUS_DATA)
        return;
    d->damaged = true;
    d->errors.format_message(common, d->text);
}

static void on_output(j_common_ptr common)
{
    (void)common; /* never to stderr */
}

/* A few bytes can ask for thousands of passes over a large picture. */
static void on_progress(j_common_ptr common)
{
    struct decoder *d = decoder_of(common);
    if (d->jpeg.input_scan_number <= MAX_SCANS)
        return;
    snprintf(d->text, sizeof d->text, "more than %d scans", MAX_SCANS);
    longjmp(d->escape, 1);
}

static void init_decoder(struct decoder *d)
{
    memset(d, 0, sizeof *d);
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->jpeg.client_data = d;
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
}

/* ------------------------------------------------------------------- pixels */

/* Adobe's CMYK is stored inverted, other writers' is not; Pillow multiplies
 * the colours with black: r = (255 - c) * (255 - k) / 255 in its rounding. */
static uint8_t without_ink(uint8_t colour, uint8_t black)
{
    const int product = colour * black + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

static void cmyk_row(uint8_t *row, const uint8_t *cmyk, uint32_t width,
                     bool inverted)
{
    for (uint32_t x = 0; x < width; x++, row += 3, cmyk += 4) {
        const uint8_t k = inverted ? cmyk[3] : (uint8_t)(255 - cmyk[3]);
        for (int c = 0; c < 3; c++)
            row[c] = without_ink(
                inverted ? cmyk[c] : (uint8_t)(255 - cmyk[c]), k);
    }
}

static void read_cmyk(struct decoder *d, struct det_image *image)
{
    const uint32_t width = d->jpeg.output_width;
    JSAMPARRAY line = d->jpeg.mem->alloc_sarray(
        (j_common_ptr)&d->jpeg, JPOOL_IMAGE, width * 4, 1);
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        uint8_t *row =
            image->data + d->jpeg.output_scanline * image->pixels.stride;
        jpeg_read_scanlines(&d->jpeg, line, 1);
        cmyk_row(row, line[0], width, d->jpeg.saw_Adobe_marker);
    }
}

static void read_rgb(struct decoder *d, struct det_image *image)
{
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        JSAMPROW row =
            image->data + d->jpeg.output_scanline * image->pixels.stride;
        jpeg_read_scanlines(&d->jpeg, &row, 1);
    }
}

/* --------------------------------------------------------------- orientation */

static int read_orientation(const struct jpeg_decompress_struct *jpeg)
{
    static const char exif[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next)
        if (m->marker == APP1 && m->data_length > sizeof exif &&
            memcmp(m->data, exif, sizeof exif) == 0)
            return det_exif_orientation(m->data + sizeof exif,
                                        m->data_length - sizeof exif);
    return 1;
}

/* ------------------------------------------------------------------ decoding */

static det_status read_header(struct decoder *d, struct det_image *image,
                              int *orientation,
                              const struct det_encoded *encoded)
{
    jpeg_create_decompress(&d->jpeg);
    d->progress.progress_monitor = on_progress;
    d->jpeg.progress = &d->progress;
    d->jpeg.client_data = d;
    jpeg_save_markers(&d->jpeg, APP1, MAX_MARKER);
    jpeg_mem_src(&d->jpeg, encoded->data, (unsigned long)encoded->size);
    jpeg_read_header(&d->jpeg, TRUE);
    *orientation = read_orientation(&d->jpeg);
    return det_image_allocate(image, d->jpeg.image_width,
                              d->jpeg.image_height, encoded);
}

static void read_pixels(struct decoder *d, struct det_image *image)
{
    const bool cmyk = d->jpeg.num_components == 4;
    d->jpeg.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    d->jpeg.dct_method = JDCT_ISLOW;
    d->jpeg.do_fancy_upsampling = TRUE;
    jpeg_start_decompress(&d->jpeg);
    if (cmyk)
        read_cmyk(d, image);
    else
        read_rgb(d, image);
    jpeg_finish_decompress(&d->jpeg);
}

/* Everything that may jump; the decoder lives in the caller. */
static det_status decode(struct decoder *d, struct det_image *image,
                         int *orientation, const struct det_encoded *encoded)
{
    if (setjmp(d->escape))
        return det_fail(encoded->message, DET_ERROR_FORMAT, "broken JPEG: %s",
                        d->text);
    DET_TRY(read_header(d, image, orientation, encoded));
    read_pixels(d, image);
    if (d->damaged)
        return det_fail(encoded->message, DET_ERROR_FORMAT,
                        "damaged JPEG: %s", d->text);
    return DET_OK;
}

det_status det_jpeg_decode(struct det_image *image, int *orientation,
                           const struct det_encoded *encoded)
{
    struct decoder *d;
    DET_TRY(det_allocate(&d, 1, sizeof *d, encoded->message));
    init_decoder(d);
    const det_status status = decode(d, image, orientation, encoded);
    jpeg_destroy_decompress(&d->jpeg);
    free(d);
    return status;
}
