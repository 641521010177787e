/* SPDX-License-Identifier: MIT */
#include "datasets/mat_file.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/checked.h"
#include "base/memory.h"

enum { HEADER = 128, VERSION_AT = 124, TAG = 8, UNIT = 8, FIRST_ROOM = 65536 };

/* "miXXX" of the format's description, table 1-1. */
enum {
    INT8 = 1,
    UINT8 = 2,
    INT16 = 3,
    UINT16 = 4,
    INT32 = 5,
    UINT32 = 6,
    SINGLE = 7,
    DOUBLE = 9,
    INT64 = 12,
    UINT64 = 13,
    MATRIX = 14,
    COMPRESSED = 15,
    UTF8 = 16
};

/* "mxXXX_CLASS", table 1-3: 6 to 15 are numbers. */
enum { CLASS_STRUCT = 2, CLASS_DOUBLE = 6, CLASS_UINT64 = 15 };

static det_status refuse(const struct det_mat_bytes *b, const char *what,
                         struct det_message *message)
{
    return det_fail(message, DET_ERROR_DATASET, "byte %zu%s: %s",
                    (size_t)(b->data - b->origin),
                    b->is_inflated ? " of the inflated variable" : "", what);
}

/* ----------------------------------------------------------------- elements */

static uint64_t load(const uint8_t *bytes, size_t size, bool is_big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[is_big_endian ? i : size - 1 - i];
    return value;
}

static uint32_t load_32(const struct det_mat_bytes *b, size_t at)
{
    return (uint32_t)load(b->data + at, 4, b->is_big_endian);
}

static void advance(struct det_mat_bytes *b, size_t size)
{
    b->data += size;
    b->size -= size;
}

/* Take the element at the beginning of *b: its type and what is in it.  Up to
 * 4 bytes may lie in the tag itself.  Padding may lack at the very end. */
static det_status take(uint32_t *type, struct det_mat_bytes *content,
                       struct det_mat_bytes *b, struct det_message *message)
{
    *type = 0;
    *content = *b;
    if (b->size < TAG)
        return refuse(b, "an element is cut off", message);
    size_t size = load_32(b, 4), used;
    *type = load_32(b, 0);
    if (*type >> 16) {
        size = *type >> 16;
        *type &= 0xffff;
        used = TAG;
        if (size > 4)
            return refuse(b, "a small element of more than 4 bytes", message);
        advance(content, 4);
    } else {
        if (size > b->size - TAG)
            return refuse(b, "an element reaches beyond what holds it",
                          message);
        advance(content, TAG);
        used = TAG + size;
        if (*type != COMPRESSED)
            used = (used + UNIT - 1) / UNIT * UNIT;
    }
    content->size = size;
    advance(b, used < b->size ? used : b->size);
    return DET_OK;
}

static size_t size_of(uint32_t type)
{
    switch (type) {
    case INT8:
    case UINT8:
        return 1;
    case INT16:
    case UINT16:
        return 2;
    case INT32:
    case UINT32:
    case SINGLE:
        return 4;
    case DOUBLE:
    case INT64:
    case UINT64:
        return 8;
    default:
        return 0;
    }
}

/* ------------------------------------------------------------------- arrays */

static det_status take_dimensions(struct det_mat_array *out, size_t *count,
                                  struct det_mat_bytes *b,
                                  struct det_message *message)
{
    struct det_mat_bytes sizes;
    uint32_t type;
    DET_TRY(take(&type, &sizes, b, message));
    if (type != INT32 || sizes.size < 8 || sizes.size % 4)
        return refuse(&sizes, "these are no dimensions", message);
    out->rows = load_32(&sizes, 0);
    out->columns = 1;
    bool fits = true;
    for (size_t at = 4; at < sizes.size; at += 4)
        fits = fits && det_checked_mul(&out->columns, out->columns,
                                       load_32(&sizes, at));
    if (!fits || !det_checked_mul(count, out->rows, out->columns))
        return refuse(&sizes, "dimensions beyond all bounds", message);
    return DET_OK;
}

/* The numbers that are one for each place; an imaginary part is left. */
static det_status take_numbers(struct det_mat_array *out, size_t count,
                               struct det_mat_bytes *b,
                               struct det_message *message)
{
    uint32_t type;
    size_t size;
    DET_TRY(take(&type, &out->content, b, message));
    out->number_size = size_of(type);
    if (out->number_size == 0)
        return refuse(&out->content, "an unknown type of numbers", message);
    if (!det_checked_mul(&size, count, out->number_size) ||
        size != out->content.size)
        return refuse(&out->content,
                      "not as many numbers as the dimensions say", message);
    out->type = (int)type;
    return DET_OK;
}

/* What is in a MATRIX element.  *name is where its name is. */
static det_status parse_array(struct det_mat_array *out,
                              struct det_mat_bytes *name,
                              struct det_mat_bytes b,
                              struct det_message *message)
{
    struct det_mat_bytes flags;
    uint32_t type;
    size_t count = 0;
    *out = (struct det_mat_array){.content = b};
    *name = (struct det_mat_bytes){0};
    if (b.size == 0) /* how an empty array may be written */
        return DET_OK;
    DET_TRY(take(&type, &flags, &b, message));
    if (type != UINT32 || flags.size != 8)
        return refuse(&flags, "these are no flags of an array", message);
    const int class = (int)(load_32(&flags, 0) & 0xff);
    DET_TRY(take_dimensions(out, &count, &b, message));
    DET_TRY(take(&type, name, &b, message));
    if (type != INT8 && type != UTF8)
        return refuse(name, "this is no name of an array", message);
    out->content = b;
    out->is_struct = class == CLASS_STRUCT && count > 0;
    return class >= CLASS_DOUBLE && class <= CLASS_UINT64
               ? take_numbers(out, count, &b, message)
               : DET_OK;
}

/* The name may be filled up with zeros. */
static bool is_called(const uint8_t *text, size_t size, const char *name)
{
    const size_t length = strlen(name);
    return size >= length && memcmp(text, name, length) == 0 &&
           (size == length || text[length] == 0);
}

det_status det_mat_field(struct det_mat_array *out,
                         const struct det_mat_array *structure,
                         const char *name, struct det_message *message)
{
    struct det_mat_bytes b = structure->content, names, content, ignored;
    uint32_t type;
    if (!structure->is_struct)
        return refuse(&b, "this should be a structure", message);
    DET_TRY(take(&type, &names, &b, message));
    if (type != INT32 || names.size != 4 || load_32(&names, 0) == 0)
        return refuse(&names, "this is no length of names", message);
    const size_t length = load_32(&names, 0);
    DET_TRY(take(&type, &names, &b, message));
    if (type != INT8 || names.size % length)
        return refuse(&names, "these are no names of fields", message);
    for (size_t at = 0; at < names.size; at += length) {
        DET_TRY(take(&type, &content, &b, message));
        if (type != MATRIX)
            return refuse(&content, "a field that is no array", message);
        if (is_called(names.data + at, length, name))
            return parse_array(out, &ignored, content, message);
    }
    return det_fail(message, DET_ERROR_DATASET,
                    "the structure has no field \"%s\"", name);
}

double det_mat_number(const struct det_mat_array *array, size_t index)
{
    const size_t size = array->number_size;
    const uint64_t bits = load(array->content.data + index * size, size,
                               array->content.is_big_endian);
    const uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    switch (array->type) {
    case INT8:
        return (int8_t)bits;
    case INT16:
        return (int16_t)bits;
    case INT32:
        return (int32_t)bits;
    case INT64:
        return (double)(int64_t)bits;
    case SINGLE:
        memcpy(&narrow, &low, sizeof narrow);
        return (double)narrow;
    case DOUBLE:
        memcpy(&wide, &bits, sizeof wide);
        return wide;
    default:
        return (double)bits;
    }
}

/* ---------------------------------------------------------------- variables */

/* Inflate all of it in a buffer that doubles, up to *limit bytes, which become
 * fewer by what was used. */
static det_status inflate_all(uint8_t **out, size_t *size,
                              const struct det_mat_bytes *packed, size_t *limit,
                              z_stream *z, struct det_message *message)
{
    size_t room = 0;
    int code = Z_OK;
    z->next_in = (Bytef *)(uintptr_t)packed->data; /* zlib only reads it */
    z->avail_in = (uInt)packed->size;
    while (code == Z_OK) {
        if (z->total_out >= *limit)
            return det_fail(message, DET_ERROR_LIMIT,
                            "byte %zu: more than %zu bytes when inflated",
                            (size_t)(packed->data - packed->origin), *limit);
        if (z->total_out == room) {
            room = room ? 2 * room : FIRST_ROOM;
            room = room < *limit ? room : *limit;
            DET_TRY(det_reallocate(out, room, 1, message));
        }
        z->next_out = *out + z->total_out;
        z->avail_out = (uInt)(room - z->total_out);
        code = inflate(z, Z_NO_FLUSH);
    }
    if (code != Z_STREAM_END)
        return refuse(packed, "broken compressed data", message);
    *size = z->total_out;
    *limit -= *size;
    return DET_OK;
}

static det_status unpack(struct det_mat_variable *out,
                         struct det_mat_bytes *inflated,
                         const struct det_mat_bytes *packed, size_t *limit,
                         struct det_message *message)
{
    z_stream z = {0};
    size_t size = 0;
    if (packed->size > UINT32_MAX)
        return refuse(packed, "too large", message);
    if (inflateInit(&z) != Z_OK)
        return det_fail_memory(message, sizeof z);
    const det_status status =
        inflate_all(&out->inflated, &size, packed, limit, &z, message);
    inflateEnd(&z);
    *inflated = (struct det_mat_bytes){.data = out->inflated,
                                       .size = size,
                                       .origin = out->inflated,
                                       .is_inflated = true,
                                       .is_big_endian = packed->is_big_endian};
    return status;
}

/* *found tells whether the element was the variable. */
static det_status try_element(struct det_mat_variable *out, bool *found,
                              uint32_t type, struct det_mat_bytes content,
                              const char *name, size_t *limit,
                              struct det_message *message)
{
    struct det_mat_bytes called;
    *found = false;
    if (type == COMPRESSED) {
        struct det_mat_bytes inflated;
        DET_TRY(unpack(out, &inflated, &content, limit, message));
        DET_TRY(take(&type, &content, &inflated, message));
    }
    if (type == MATRIX) {
        DET_TRY(parse_array(&out->array, &called, content, message));
        *found = called.size && is_called(called.data, called.size, name);
    }
    if (!*found)
        det_mat_variable_destroy(out);
    return DET_OK;
}

static det_status check_header(struct det_mat_bytes *b,
                               struct det_message *message)
{
    static const char hdf5[] = "MATLAB 7.3";
    if (b->size >= HEADER && memcmp(b->data, hdf5, strlen(hdf5)) == 0)
        return refuse(b,
                      "a MAT-file of version 7.3 (HDF5), which is not read; "
                      "save it with -v7",
                      message);
    const uint8_t *end = b->data + VERSION_AT + 2;
    if (b->size < HEADER ||
        (memcmp(end, "IM", 2) != 0 && memcmp(end, "MI", 2) != 0))
        return refuse(b, "not a MAT-file of level 5", message);
    b->is_big_endian = end[0] == 'M';
    if (load(end - 2, 2, b->is_big_endian) != 0x0100)
        return refuse(b, "a MAT-file of an unknown version", message);
    advance(b, HEADER);
    return DET_OK;
}

det_status det_mat_find(struct det_mat_variable *out, const uint8_t *data,
                        size_t size, const char *name, size_t limit,
                        struct det_message *message)
{
    struct det_mat_bytes b = {.data = data, .size = size, .origin = data};
    det_status status;
    bool found = false;
    *out = (struct det_mat_variable){0};
    DET_TRY(check_header(&b, message));
    while (b.size && !found) {
        struct det_mat_bytes content;
        uint32_t type;
        DET_TRY(take(&type, &content, &b, message));
        DET_TRY_OR_FAIL(
            try_element(out, &found, type, content, name, &limit, message));
    }
    if (found)
        return DET_OK;
    return det_fail(message, DET_ERROR_DATASET,
                    "there is no variable \"%s\" in the file", name);
fail:
    det_mat_variable_destroy(out);
    return status;
}

void det_mat_variable_destroy(struct det_mat_variable *variable)
{
    free(variable->inflated);
    *variable = (struct det_mat_variable){0};
}
