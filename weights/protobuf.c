/* SPDX-License-Identifier: MIT */
#include "weights/protobuf.h"

enum { VARINT_BYTES = 10, WIRE_BITS = 3 };

void det_protobuf_init(struct det_protobuf *reader, const uint8_t *data,
                       size_t size, struct det_message *message)
{
    *reader =
        (struct det_protobuf){.data = data, .size = size, .message = message};
}

bool det_varint_read(uint64_t *out, const uint8_t *data, size_t size,
                     size_t *at)
{
    uint64_t value = 0;
    for (int i = 0; i < VARINT_BYTES && *at < size; i++) {
        const uint8_t byte = data[(*at)++];
        if (i == VARINT_BYTES - 1 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static det_status read_number(struct det_protobuf *reader, uint64_t *out)
{
    const size_t at = reader->at;
    if (det_varint_read(out, reader->data, reader->size, &reader->at))
        return DET_OK;
    return det_fail(reader->message, DET_ERROR_MODEL,
                    "byte %zu: a number without an end", reader->base + at);
}

static det_status read_tag(struct det_protobuf *reader,
                           struct det_protobuf_field *out)
{
    uint64_t tag = 0;
    DET_TRY(read_number(reader, &tag));
    if (tag > UINT32_MAX || tag >> WIRE_BITS == 0)
        return det_fail(reader->message, DET_ERROR_MODEL,
                        "byte %zu: not a field of a protocol buffer", out->at);
    const unsigned wire = tag & ((1u << WIRE_BITS) - 1);
    if (wire != DET_WIRE_VARINT && wire != DET_WIRE_FIXED64 &&
        wire != DET_WIRE_BYTES && wire != DET_WIRE_FIXED32)
        return det_fail(reader->message, DET_ERROR_MODEL,
                        "byte %zu: field %u has wire type %u, %s", out->at,
                        (unsigned)(tag >> WIRE_BITS), wire,
                        wire == 3 || wire == 4 ? "a group"
                                               : "which there is not");
    out->number = (uint32_t)(tag >> WIRE_BITS);
    out->wire = (enum det_wire)wire;
    return DET_OK;
}

/* Contents of `size` bytes, which the message must have left. */
static det_status take_contents(struct det_protobuf *reader,
                                struct det_protobuf_field *out, uint64_t size)
{
    const size_t left = reader->size - reader->at;
    if (size > left)
        return det_fail(reader->message, DET_ERROR_MODEL,
                        "byte %zu: field %u says that it has %llu bytes; %zu "
                        "are left: the file is truncated or damaged",
                        out->at, out->number, (unsigned long long)size, left);
    out->data = reader->data + reader->at;
    out->size = (size_t)size;
    reader->at += out->size;
    return DET_OK;
}

det_status det_protobuf_next(struct det_protobuf *reader,
                             struct det_protobuf_field *out, bool *found)
{
    uint64_t size = 0;
    *out = (struct det_protobuf_field){.at = reader->base + reader->at};
    *found = reader->at < reader->size;
    if (!*found)
        return DET_OK;
    DET_TRY(read_tag(reader, out));
    switch (out->wire) {
    case DET_WIRE_VARINT:
        return read_number(reader, &out->value);
    case DET_WIRE_BYTES:
        DET_TRY(read_number(reader, &size));
        break;
    case DET_WIRE_FIXED64:
        size = 8;
        break;
    case DET_WIRE_FIXED32:
        size = 4;
        break;
    }
    return take_contents(reader, out, size);
}

det_status det_protobuf_enter(struct det_protobuf *out,
                              const struct det_protobuf *outer,
                              const struct det_protobuf_field *field)
{
    if (field->wire != DET_WIRE_BYTES)
        return det_fail(outer->message, DET_ERROR_MODEL,
                        "byte %zu: field %u has wire type %d where a message "
                        "should be",
                        field->at, field->number, (int)field->wire);
    *out = (struct det_protobuf){.data = field->data,
                                 .size = field->size,
                                 .base = outer->base +
                                         (size_t)(field->data - outer->data),
                                 .message = outer->message};
    return DET_OK;
}
