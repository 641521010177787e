/* SPDX-License-Identifier: MIT */
#include "datasets/picture_size.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "image/exif.h"

/* A header with more parts than this is not one. */
enum { MOST_PARTS = 1 << 16, LARGEST_SIDE = 1 << 20 };

struct header {
    int descriptor;
    struct det_message *message;
};

static det_status refuse(const struct header *h, const char *what)
{
    return det_fail(h->message, DET_ERROR_FORMAT, "%s", what);
}

/* All of [at, at + size), or an error. */
static det_status read_at(const struct header *h, void *out, size_t size,
                          uint64_t at)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(h->descriptor, (char *)out + done,
                                  size - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return det_fail(h->message, DET_ERROR_READ, "%s", strerror(errno));
        if (got == 0)
            return refuse(h, "the file ends within its header");
        done += (size_t)got;
    }
    return DET_OK;
}

static uint32_t big_16(const uint8_t *b)
{
    return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t big_32(const uint8_t *b)
{
    return big_16(b) << 16 | big_16(b + 2);
}

static det_status set_size(struct det_picture_size *out, const struct header *h,
                           uint32_t width, uint32_t height)
{
    if (width == 0 || height == 0 || width > LARGEST_SIDE ||
        height > LARGEST_SIDE)
        return det_fail(h->message, DET_ERROR_FORMAT,
                        "a picture of %u x %u pixels", width, height);
    out->width = (int32_t)width;
    out->height = (int32_t)height;
    return DET_OK;
}

/* Of the TIFF structure in [at, at + size). */
static det_status read_orientation(struct det_picture_size *out,
                                   const struct header *h, uint64_t at,
                                   size_t size)
{
    uint8_t *tiff;
    DET_TRY(det_allocate(&tiff, size, 1, h->message));
    const det_status status = read_at(h, tiff, size, at);
    if (status == DET_OK)
        out->orientation = det_exif_orientation(tiff, size);
    free(tiff);
    return status;
}

/* --------------------------------------------------------------------- JPEG */

enum {
    MARK = 0xff,
    START_OF_IMAGE = 0xd8,
    START_OF_SCAN = 0xda,
    END_OF_IMAGE = 0xd9,
    APP1 = 0xe1,
    EXIF_NAME = 6, /* "Exif\0\0" */
    SEGMENT_HEADER = 4
};

/* SOF0..15 but for DHT, JPG and DAC, which have numbers among them. */
static bool is_frame(int marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
           marker != 0xc8 && marker != 0xcc;
}

static bool has_no_length(int marker)
{
    return marker == 0x01 || (marker >= 0xd0 && marker <= START_OF_IMAGE);
}

/* One segment, of `length` bytes behind its marker. */
static det_status read_segment(struct det_picture_size *out,
                               const struct header *h, int marker, uint64_t at,
                               size_t length)
{
    uint8_t bytes[8];
    if (is_frame(marker)) {
        if (length < sizeof bytes)
            return refuse(h, "broken JPEG: a short frame header");
        DET_TRY(read_at(h, bytes, 7, at + 2));
        return set_size(out, h, big_16(bytes + 3), big_16(bytes + 1));
    }
    if (marker != APP1 || length < 2 + EXIF_NAME + 8 || out->orientation > 1)
        return DET_OK;
    DET_TRY(read_at(h, bytes, EXIF_NAME, at + 2));
    if (memcmp(bytes, "Exif\0", EXIF_NAME) != 0)
        return DET_OK;
    return read_orientation(out, h, at + 2 + EXIF_NAME, length - 2 - EXIF_NAME);
}

static det_status read_jpeg(struct det_picture_size *out,
                            const struct header *h)
{
    uint64_t at = 2;
    for (int part = 0; part < MOST_PARTS; part++) {
        uint8_t bytes[SEGMENT_HEADER];
        DET_TRY(read_at(h, bytes, 2, at));
        const int marker = bytes[1];
        if (bytes[0] != MARK)
            return refuse(h, "broken JPEG: a marker is missing");
        if (marker == MARK || has_no_length(marker)) {
            at += marker == MARK ? 1 : 2; /* padding */
            continue;
        }
        if (marker == START_OF_SCAN || marker == END_OF_IMAGE)
            return refuse(h, "broken JPEG: no frame header");
        DET_TRY(read_at(h, bytes, SEGMENT_HEADER, at));
        const size_t length = big_16(bytes + 2);
        if (length < 2)
            return refuse(h, "broken JPEG: a segment of no length");
        DET_TRY(read_segment(out, h, marker, at + 2, length));
        if (out->width)
            return DET_OK;
        at += 2 + length;
    }
    return refuse(h, "broken JPEG: too many segments");
}

/* ---------------------------------------------------------------------- PNG */

enum { PNG_NAME = 8, CHUNK_HEADER = 8, CHUNK_SUM = 4, LARGEST_EXIF = 1 << 20 };

/* Orientation may stand in front of the pixels or behind them. */
static det_status read_png(struct det_picture_size *out, const struct header *h)
{
    uint8_t bytes[CHUNK_HEADER + 8];
    uint64_t at = PNG_NAME;
    DET_TRY(read_at(h, bytes, sizeof bytes, at));
    if (memcmp(bytes + 4, "IHDR", 4) != 0)
        return refuse(h, "broken PNG: no IHDR");
    DET_TRY(set_size(out, h, big_32(bytes + 8), big_32(bytes + 12)));
    for (int part = 0; part < MOST_PARTS; part++) {
        at += (uint64_t)big_32(bytes) + CHUNK_HEADER + CHUNK_SUM;
        DET_TRY(read_at(h, bytes, CHUNK_HEADER, at));
        if (memcmp(bytes + 4, "IEND", 4) == 0)
            return DET_OK;
        const size_t length = big_32(bytes);
        if (memcmp(bytes + 4, "eXIf", 4) == 0 && length <= LARGEST_EXIF)
            return read_orientation(out, h, at + CHUNK_HEADER, length);
    }
    return DET_OK;
}

/* --------------------------------------------------------------------- both */

det_status det_picture_size_read(struct det_picture_size *out, int descriptor,
                                 struct det_message *message)
{
    static const uint8_t png[PNG_NAME] = {0x89, 'P',  'N',  'G',
                                          '\r', '\n', 0x1a, '\n'};
    const struct header h = {descriptor, message};
    uint8_t first[PNG_NAME];
    *out = (struct det_picture_size){.orientation = 1};
    DET_TRY(read_at(&h, first, sizeof first, 0));
    if (memcmp(first, png, sizeof png) == 0)
        return read_png(out, &h);
    if (first[0] == MARK && first[1] == START_OF_IMAGE)
        return read_jpeg(out, &h);
    return refuse(&h, "neither JPEG nor PNG");
}

det_status det_picture_size_beneath(int32_t *width, int32_t *height,
                                    const char *folder, const char *name,
                                    struct det_message *message)
{
    struct det_picture_size size;
    int descriptor;
    DET_TRY(det_beneath_open_file(&descriptor, folder, name, message));
    const det_status status = det_picture_size_read(&size, descriptor, message);
    close(descriptor);
    if (status != DET_OK) {
        det_message_prefix(message, name);
        return status;
    }
    *width = size.orientation >= 5 ? size.height : size.width;
    *height = size.orientation >= 5 ? size.width : size.height;
    return DET_OK;
}
