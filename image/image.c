/* SPDX-License-Identifier: MIT */
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "image/orient.h"

enum { FIRST_READ = 64 * 1024, MAX_SIDE = 1 << 20 };
static const size_t max_encoded = (size_t)1 << 30; /* bytes */
static const uint64_t default_max_pixels = 89478485; /* as Pillow's */

/* ---------------------------------------------------------------- the kinds */

static const struct {
    const char *magic;
    size_t offset, length;
    const char *name;
} other_kinds[] = {
    {"GIF8", 0, 4, "a GIF"},          {"WEBP", 8, 4, "a WebP"},
    {"BM", 0, 2, "a BMP"},            {"II*\0", 0, 4, "a TIFF"},
    {"MM\0*", 0, 4, "a TIFF"},        {"ftyp", 4, 4, "a HEIC, AVIF or video"},
    {"%PDF", 0, 4, "a PDF"},          {"<", 0, 1, "HTML, SVG or XML"},
    {"\xff\x0a", 0, 2, "a JPEG XL"},  {"P6", 0, 2, "a PPM"},
    {"PK\3\4", 0, 4, "a zip archive"}, {"8BPS", 0, 4, "a Photoshop file"},
};

static bool has_magic(const struct det_encoded *e, const char *magic,
                      size_t offset, size_t length)
{
    return e->size >= offset + length &&
           memcmp(e->data + offset, magic, length) == 0;
}

static det_status fail_unknown(const struct det_encoded *e)
{
    if (e->size == 0)
        return det_fail(e->message, DET_ERROR_FORMAT, "the file is empty");
    for (size_t i = 0; i < sizeof other_kinds / sizeof other_kinds[0]; i++)
        if (has_magic(e, other_kinds[i].magic, other_kinds[i].offset,
                      other_kinds[i].length))
            return det_fail(e->message, DET_ERROR_FORMAT,
                            "this is %s; only JPEG and PNG can be read",
                            other_kinds[i].name);
    return det_fail(e->message, DET_ERROR_FORMAT,
                    "not a picture: neither JPEG nor PNG");
}

static det_status decode(struct det_image *image,
                         const struct det_encoded *encoded)
{
    int orientation = 1;
    if (has_magic(encoded, "\xff\xd8\xff", 0, 3))
        DET_TRY(det_jpeg_decode(image, &orientation, encoded));
    else if (has_magic(encoded, "\x89PNG\r\n\x1a\n", 0, 8))
        DET_TRY(det_png_decode(image, &orientation, encoded));
    else
        return fail_unknown(encoded);
    return det_image_orient(image, orientation, encoded->message);
}

det_status det_image_decode(struct det_image **out, const void *data,
                            size_t size, uint64_t max_pixels,
                            struct det_message *message)
{
    const struct det_encoded encoded = {data, size, max_pixels, message};
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status = decode(*out, &encoded);
    if (status != DET_OK)
        det_image_destroy(out);
    return status;
}

det_status det_image_allocate(struct det_image *image, uint32_t width,
                              uint32_t height,
                              const struct det_encoded *encoded)
{
    const uint64_t pixels = (uint64_t)width * height;
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
        return det_fail(encoded->message, DET_ERROR_FORMAT,
                        "an image of %u x %u pixels; sides of 1 to %d are "
                        "possible",
                        width, height, MAX_SIDE);
    if (pixels > encoded->max_pixels)
        return det_fail(encoded->message, DET_ERROR_LIMIT,
                        "an image of %u x %u = %llu pixels is over the limit "
                        "of %llu; --max-pixels raises it",
                        width, height, (unsigned long long)pixels,
                        (unsigned long long)encoded->max_pixels);
    DET_TRY(det_allocate(&image->data, (size_t)pixels, 3, encoded->message));
    image->pixels = (det_pixels){.data = image->data,
                                 .width = (int32_t)width,
                                 .height = (int32_t)height,
                                 .stride = (size_t)width * 3,
                                 .format = DET_PIXEL_RGB8};
    return DET_OK;
}

det_status det_image_from_planes(struct det_image **out, const uint8_t *planes,
                                 int32_t width, int32_t height,
                                 struct det_message *message)
{
    const struct det_encoded source = {.max_pixels = UINT64_MAX,
                                       .message = message};
    const size_t plane = (size_t)width * (size_t)height;
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(det_image_allocate(*out, (uint32_t)width, (uint32_t)height,
                                       &source));
    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < 3; c++)
            (*out)->data[3 * i + c] = planes[c * plane + i];
    return DET_OK;
fail:
    det_image_destroy(out);
    return status;
}

/* ------------------------------------------------------------------ sources */

det_status det_image_read_file(struct det_image **out, const char *path,
                               uint64_t max_pixels,
                               struct det_message *message)
{
    uint8_t *data;
    size_t size;
    *out = NULL;
    DET_TRY(det_file_read(&data, &size, path, max_encoded, message));
    const det_status status =
        det_image_decode(out, data, size, max_pixels, message);
    free(data);
    if (status != DET_OK)
        det_message_prefix(message, path);
    return status;
}

/* Everything that `read` gives, in a buffer that doubles. */
static det_status read_all(uint8_t **data, size_t *size, det_read_fn read,
                           void *user, struct det_message *message)
{
    size_t capacity = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity ? 2 * capacity : FIRST_READ;
            DET_TRY(det_reallocate(data, capacity, 1, message));
        }
        const int64_t got = read(user, *data + *size, capacity - *size);
        if (got == 0)
            return DET_OK;
        if (got < 0 || (uint64_t)got > capacity - *size)
            return det_fail(message, DET_ERROR_READ,
                            "the image's source cannot be read");
        *size += (size_t)got;
        if (*size > max_encoded)
            return det_fail(message, DET_ERROR_LIMIT,
                            "larger than the limit of %zu bytes", max_encoded);
    }
}

det_status det_image_read_stream(struct det_image **out, det_read_fn read,
                                 void *user, uint64_t max_pixels,
                                 struct det_message *message)
{
    uint8_t *data = NULL;
    size_t size = 0;
    *out = NULL;
    det_status status = read_all(&data, &size, read, user, message);
    if (status == DET_OK)
        status = det_image_decode(out, data, size, max_pixels, message);
    free(data);
    return status;
}

/* --------------------------------------------------------------- public part */

void det_image_options_init(det_image_options *options)
{
    *options = (det_image_options){.struct_size = sizeof *options,
                                   .max_pixels = default_max_pixels};
}

det_pixels det_image_pixels(const det_image *image)
{
    return image ? image->pixels : (det_pixels){0};
}

void det_image_destroy(det_image **image)
{
    if (!image || !*image)
        return;
    free((*image)->data);
    free(*image);
    *image = NULL;
}
