/* SPDX-License-Identifier: MIT */
#include "image/jpeg_write.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/memory.h"

enum { FIRST_ROOM = 16 * 1024 };

/* libjpeg's object with where its output and its errors go. */
struct encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr output;
    jmp_buf escape;
    char text[JMSG_LENGTH_MAX];
    uint8_t *data; /* what is written, and room behind it */
    size_t capacity, size;
    uint8_t *row; /* libjpeg's rows are not const */
};

static void on_error(j_common_ptr common)
{
    struct encoder *e = common->client_data;
    e->errors.format_message(common, e->text);
    longjmp(e->escape, 1);
}

static void on_output(j_common_ptr common)
{
    (void)common; /* never to stderr */
}

/* (libjpeg's own memory destination loses its buffer on an error.) */
static void grow(j_compress_ptr jpeg)
{
    struct encoder *e = jpeg->client_data;
    const size_t larger = e->capacity ? 2 * e->capacity : FIRST_ROOM;
    if (det_reallocate(&e->data, larger, 1, NULL) != DET_OK) {
        snprintf(e->text, sizeof e->text, "no memory for %zu bytes", larger);
        longjmp(e->escape, 1);
    }
    e->output.next_output_byte = e->data + e->capacity;
    e->output.free_in_buffer = larger - e->capacity;
    e->capacity = larger;
}

static boolean on_full(j_compress_ptr jpeg)
{
    grow(jpeg);
    return TRUE;
}

static void on_end(j_compress_ptr jpeg)
{
    struct encoder *e = jpeg->client_data;
    e->size = e->capacity - e->output.free_in_buffer;
}

static void init_encoder(struct encoder *e, const det_pixels *pixels,
                         int quality)
{
    jpeg_create_compress(&e->jpeg);
    e->jpeg.client_data = e;
    e->jpeg.dest = &e->output;
    e->output.init_destination = grow;
    e->output.empty_output_buffer = on_full;
    e->output.term_destination = on_end;
    e->jpeg.image_width = (JDIMENSION)pixels->width;
    e->jpeg.image_height = (JDIMENSION)pixels->height;
    e->jpeg.input_components = 3;
    e->jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&e->jpeg);
    jpeg_set_quality(&e->jpeg, quality, TRUE);
    e->jpeg.optimize_coding = TRUE;
}

/* False when libjpeg jumped. */
static bool encode(struct encoder *e, const det_pixels *pixels, int quality)
{
    e->jpeg.err = jpeg_std_error(&e->errors);
    e->jpeg.client_data = e;
    e->errors.error_exit = on_error;
    e->errors.output_message = on_output;
    if (setjmp(e->escape))
        return false;
    init_encoder(e, pixels, quality);
    jpeg_start_compress(&e->jpeg, TRUE);
    while (e->jpeg.next_scanline < e->jpeg.image_height) {
        memcpy(e->row, pixels->data + e->jpeg.next_scanline * pixels->stride,
               (size_t)pixels->width * 3);
        jpeg_write_scanlines(&e->jpeg, &e->row, 1);
    }
    jpeg_finish_compress(&e->jpeg);
    return true;
}

static det_status check(const det_pixels *pixels, struct det_message *message)
{
    if (pixels->format == DET_PIXEL_RGB8 && pixels->width > 0 &&
        pixels->height > 0 && pixels->width <= JPEG_MAX_DIMENSION &&
        pixels->height <= JPEG_MAX_DIMENSION)
        return DET_OK;
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "a picture of %d x %d pixels cannot be a JPEG",
                    pixels->width, pixels->height);
}

det_status det_jpeg_encode(uint8_t **data, size_t *size,
                           const det_pixels *pixels, int quality,
                           struct det_message *message)
{
    struct encoder *e = NULL;
    det_status status;
    *data = NULL;
    *size = 0;
    DET_TRY(check(pixels, message));
    DET_TRY(det_allocate(&e, 1, sizeof *e, message));
    DET_TRY_OR_FAIL(det_allocate(&e->row, (size_t)pixels->width, 3, message));
    if (encode(e, pixels, quality)) {
        *data = e->data;
        *size = e->size;
        e->data = NULL;
    } else {
        status = det_fail(message, DET_ERROR_MEMORY, "libjpeg: %s", e->text);
    }
    jpeg_destroy_compress(&e->jpeg);
fail:
    free(e->data);
    free(e->row);
    free(e);
    return status;
}
