/* SPDX-License-Identifier: MIT */
#include "datasets/mask_png.h"

#include <stdlib.h>
#include <string.h>

/* zlib.h needs size_t before it. */
#include <zlib.h>

#include "base/memory.h"
#include "image/image.h"

/* ------------------------------------------------------------------- base64 */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_base64(FILE *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t three = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0);
        fputc(digits[three >> 18], out);
        fputc(digits[three >> 12 & 63], out);
        fputc(left > 1 ? digits[three >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[three & 63] : '=', out);
    }
}

/* JSON may escape the slash and line ends; what is no digit is passed over but
 * for the '=' at the end. */
static size_t take_base64(uint8_t *out, const char *text, size_t size)
{
    uint32_t bits = 0;
    size_t held = 0, count = 0;
    for (size_t i = 0; i < size && text[i] != '='; i++) {
        if (text[i] == '\\' && i + 1 < size && text[i + 1] != '/') {
            i++; /* \n */
            continue;
        }
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            continue;
        bits = bits << 6 | (uint32_t)(digit - digits);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[count++] = (uint8_t)(bits >> held);
        }
    }
    return count;
}

/* ------------------------------------------------------------------ writing */

enum { SIGNATURE = 8, HEADER = 13, CHUNK = 12 /* length, name, sum */ };

static void store_32(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

/* A chunk around the `size` bytes that stand at out + 8 already. */
static uint8_t *close_chunk(uint8_t *out, const char *name, size_t size)
{
    store_32(out, (uint32_t)size);
    memcpy(out + 4, name, 4);
    store_32(out + 8 + size,
             (uint32_t)crc32(crc32(0, NULL, 0), out + 4, (uInt)size + 4));
    return out + CHUNK + size;
}

/* Rows of 8-bit grey, each behind a filter byte of 0. */
static void fill_rows(uint8_t *rows, const struct det_rle *mask,
                      const struct det_rle_box *box)
{
    const size_t stride = (size_t)box->w + 1;
    uint64_t at = 0;
    for (size_t i = 0; i < mask->count; at += mask->counts[i++]) {
        for (uint32_t k = 0; i % 2 && k < mask->counts[i]; k++) {
            const int64_t x = (int64_t)((at + k) / (uint64_t)mask->height);
            const int64_t y = (int64_t)((at + k) % (uint64_t)mask->height);
            if (x >= box->x && x < box->x + box->w && y >= box->y &&
                y < box->y + box->h)
                rows[(size_t)(y - box->y) * stride + 1 + (size_t)(x - box->x)] =
                    255;
        }
    }
}

static det_status put_png(FILE *out, const uint8_t *rows, size_t size,
                          const struct det_rle_box *box,
                          struct det_message *message)
{
    static const uint8_t signature[SIGNATURE] = {0x89, 'P',  'N',  'G',
                                                 '\r', '\n', 0x1a, '\n'};
    uLongf packed = compressBound((uLong)size);
    uint8_t *png;
    DET_TRY(det_allocate(&png, SIGNATURE + HEADER + 3 * CHUNK + packed, 1,
                         message));
    memcpy(png, signature, SIGNATURE);
    uint8_t *at = png + SIGNATURE;
    store_32(at + 8, (uint32_t)box->w);
    store_32(at + 12, (uint32_t)box->h);
    at[16] = 8; /* bits, of grey; the rest is 0 */
    at = close_chunk(at, "IHDR", HEADER);
    const int failed =
        compress2(at + 8, &packed, rows, (uLong)size, Z_BEST_COMPRESSION);
    at = close_chunk(at, "IDAT", packed);
    at = close_chunk(at, "IEND", 0);
    if (!failed)
        put_base64(out, png, (size_t)(at - png));
    free(png);
    return failed ? det_fail_memory(message, packed) : DET_OK;
}

det_status det_mask_png_put(FILE *out, const struct det_rle *mask,
                            const struct det_rle_box *box,
                            struct det_message *message)
{
    uint8_t *rows;
    const size_t size = ((size_t)box->w + 1) * (size_t)box->h;
    DET_TRY(det_allocate(&rows, size, 1, message));
    fill_rows(rows, mask, box);
    const det_status status = put_png(out, rows, size, box, message);
    free(rows);
    return status;
}

/* ------------------------------------------------------------------ reading */

static bool is_set(const det_pixels *pixels, int64_t x, int64_t y)
{
    const uint8_t *pixel =
        pixels->data + (size_t)y * pixels->stride + 3 * (size_t)x;
    return pixel[0] || pixel[1] || pixel[2];
}

/* Column by column, in time of the picture's size, not the mask's. */
static det_status build(struct det_rle_builder *builder,
                        const det_pixels *pixels, int32_t left, int32_t top,
                        struct det_message *message)
{
    uint64_t done = 0;
    for (int64_t x = 0; x < pixels->width; x++) {
        if (left + x < 0 || left + x >= builder->width)
            continue;
        for (int64_t y = 0; y < pixels->height; y++) {
            if (top + y < 0 || top + y >= builder->height ||
                !is_set(pixels, x, y))
                continue;
            const uint64_t place =
                (uint64_t)(left + x) * (uint64_t)builder->height +
                (uint64_t)(top + y);
            DET_TRY(
                det_rle_builder_append(builder, false, place - done, message));
            DET_TRY(det_rle_builder_append(builder, true, 1, message));
            done = place + 1;
        }
    }
    return DET_OK;
}

static det_status decode(struct det_rle *out, const uint8_t *png, size_t size,
                         int32_t left, int32_t top, int32_t width,
                         int32_t height, struct det_message *message)
{
    struct det_rle_builder builder = {0};
    struct det_image *image = NULL;
    uint64_t pixels; /* no part has more than the whole */
    DET_TRY(det_rle_count_pixels(&pixels, width, height, message));
    DET_TRY(det_image_decode(&image, png, size, pixels, message));
    det_status status = det_rle_builder_init(&builder, width, height, message);
    if (status == DET_OK)
        status = build(&builder, &image->pixels, left, top, message);
    if (status == DET_OK)
        status = det_rle_builder_finish(out, &builder, message);
    det_rle_builder_destroy(&builder);
    det_image_destroy(&image);
    return status;
}

det_status det_mask_png_take(struct det_rle *out, const char *text, size_t size,
                             int32_t left, int32_t top, int32_t width,
                             int32_t height, struct det_message *message)
{
    uint8_t *png;
    *out = (struct det_rle){0};
    DET_TRY(det_allocate(&png, size / 4 * 3 + 3, 1, message));
    const size_t bytes = take_base64(png, text, size);
    const det_status status =
        decode(out, png, bytes, left, top, width, height, message);
    free(png);
    return status;
}
