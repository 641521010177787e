/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/file.h"
#include "base/memory.h"
#include "weights/half.h"
#include "weights/safetensors.h"

enum { ALIGNMENT = 64, LENGTH_SIZE = 8, NUMBER_SIZE = 24 };

/* A growing text. */
struct text {
    char *data;
    size_t length, capacity;
    struct det_message *message;
};

static det_status append(struct text *text, const char *piece, size_t length)
{
    size_t needed;
    if (!det_checked_add(&needed, text->length, length))
        return det_fail_memory(text->message, SIZE_MAX);
    if (needed > text->capacity) {
        DET_TRY(det_reallocate(&text->data, 2 * needed, 1, text->message));
        text->capacity = 2 * needed;
    }
    memcpy(text->data + text->length, piece, length);
    text->length = needed;
    return DET_OK;
}

static det_status append_text(struct text *text, const char *piece)
{
    return append(text, piece, strlen(piece));
}

static det_status append_number(struct text *text, uint64_t number)
{
    char digits[NUMBER_SIZE];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    return append_text(text, digits);
}

static det_status append_string(struct text *text, const char *string)
{
    DET_TRY(append_text(text, "\""));
    for (; *string; string++) {
        char escaped[8] = {*string, 0};
        if (*string == '"' || *string == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", *string);
        else if ((unsigned char)*string < 0x20)
            snprintf(escaped, sizeof escaped, "\\u%04x", *string);
        DET_TRY(append_text(text, escaped));
    }
    return append_text(text, "\"");
}

static det_status append_metadata(struct text *text,
                                  const struct det_safetensors_pair *metadata,
                                  size_t count)
{
    DET_TRY(append_text(text, "{\"__metadata__\":{"));
    for (size_t i = 0; i < count; i++) {
        DET_TRY(append_text(text, i ? "," : ""));
        DET_TRY(append_string(text, metadata[i].key));
        DET_TRY(append_text(text, ":"));
        DET_TRY(append_string(text, metadata[i].value));
    }
    return append_text(text, "}");
}

static size_t element_size(const struct det_safetensors_item *item)
{
    return item->half ? sizeof(uint16_t) : sizeof(float);
}

/* *end: bytes of data up to and with this item. */
static det_status append_item(struct text *text,
                              const struct det_safetensors_item *item,
                              uint64_t *end)
{
    const struct det_weight *weight = item->weight;
    const uint64_t begin = *end;
    *end += (uint64_t)det_weight_count(weight) * element_size(item);
    DET_TRY(append_text(text, ","));
    DET_TRY(append_string(text, item->name));
    DET_TRY(append_text(text, item->half ? ":{\"dtype\":\"F16\",\"shape\":["
                                         : ":{\"dtype\":\"F32\",\"shape\":["));
    for (int32_t i = 0; i < weight->rank; i++) {
        DET_TRY(append_text(text, i ? "," : ""));
        DET_TRY(append_number(text, (uint64_t)weight->shape[i]));
    }
    DET_TRY(append_text(text, "],\"data_offsets\":["));
    DET_TRY(append_number(text, begin));
    DET_TRY(append_text(text, ","));
    DET_TRY(append_number(text, *end));
    return append_text(text, "]}");
}

/* The format pads the header with spaces. */
static det_status finish_header(struct text *text)
{
    DET_TRY(append_text(text, "}"));
    while ((LENGTH_SIZE + text->length) % ALIGNMENT != 0)
        DET_TRY(append_text(text, " "));
    if (text->length > DET_SAFETENSORS_MAX_HEADER)
        return det_fail(text->message, DET_ERROR_LIMIT,
                        "names and metadata need a header of %zu bytes; at "
                        "most %d are possible",
                        text->length, DET_SAFETENSORS_MAX_HEADER);
    return DET_OK;
}

static det_status write_header(struct det_safe_file *file,
                               const struct text *header)
{
    uint8_t length[LENGTH_SIZE];
    for (int i = 0; i < LENGTH_SIZE; i++)
        length[i] = (uint8_t)((uint64_t)header->length >> (8 * i));
    DET_TRY(det_safe_file_write(file, length, sizeof length));
    return det_safe_file_write(file, header->data, header->length);
}

/* In place: a half lies where it, or an earlier float, was. */
static det_status make_halves(float *floats, size_t count, const char *name,
                              struct det_message *message)
{
    unsigned char *out = (unsigned char *)floats;
    for (size_t i = 0; i < count; i++) {
        const uint16_t half = det_float_to_half(floats[i]);
        if ((half & 0x7fff) == 0x7c00)
            return det_fail(message, DET_ERROR_MODEL,
                            "tensor \"%s\": element %zu, %g, is too large for "
                            "half precision",
                            name, i, (double)floats[i]);
        memcpy(out + i * sizeof half, &half, sizeof half);
    }
    return DET_OK;
}

static det_status write_item(struct det_safe_file *file,
                             const struct det_safetensors_item *item,
                             struct det_message *message)
{
    const size_t count = det_weight_count(item->weight);
    float *floats;
    DET_TRY(det_allocate(&floats, count, sizeof *floats, message));
    det_weight_copy_f32(floats, item->weight);
    det_status status =
        item->half ? make_halves(floats, count, item->name, message) : DET_OK;
    if (status == DET_OK)
        status = det_safe_file_write(file, floats, count * element_size(item));
    free(floats);
    return status;
}

static det_status write_file(const char *path, const struct text *header,
                             const struct det_safetensors_item *items,
                             size_t count, struct det_message *message)
{
    struct det_safe_file file;
    det_status status;
    DET_TRY(det_safe_file_open(&file, path, message));
    DET_TRY_OR_FAIL(write_header(&file, header));
    for (size_t i = 0; i < count; i++)
        DET_TRY_OR_FAIL(write_item(&file, &items[i], message));
    return det_safe_file_commit(&file);
fail:
    det_safe_file_discard(&file);
    return status;
}

det_status det_safetensors_write(const char *path,
                                 const struct det_safetensors_item *items,
                                 size_t count,
                                 const struct det_safetensors_pair *metadata,
                                 size_t num_metadata,
                                 struct det_message *message)
{
    struct text header = {.message = message};
    uint64_t end = 0;
    det_status status;
    DET_TRY_OR_FAIL(append_metadata(&header, metadata, num_metadata));
    for (size_t i = 0; i < count; i++)
        DET_TRY_OR_FAIL(append_item(&header, &items[i], &end));
    DET_TRY_OR_FAIL(finish_header(&header));
    status = write_file(path, &header, items, count, message);
fail:
    free(header.data);
    return status;
}
