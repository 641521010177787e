/* SPDX-License-Identifier: MIT */
#include "weights/caffe_blob.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* caffe.proto, message BlobProto and message BlobShape */
enum {
    FIELD_WIDTH = 4, /* 1 to 4: num, channels, height, width */
    FIELD_DATA = 5,
    FIELD_SHAPE = 7,
    FIELD_DOUBLE_DATA = 8,
    FIELD_DIM = 1
};

/* Numbers of one type: [count] of them in `pieces` fields. */
struct numbers {
    uint32_t field;
    size_t size; /* bytes of one */
    size_t count, pieces;
    const uint8_t *data; /* of the last piece */
};

struct blob {
    struct det_protobuf reader; /* at its beginning */
    char *name;
    struct numbers floats, doubles;
    int32_t rank;
    int64_t shape[DET_WEIGHT_RANK];
    bool has_old_sides;
    int64_t old_sides[FIELD_WIDTH];
};

/* ------------------------------------------------------------------- shapes */

static det_status add_side(struct blob *blob, uint64_t side, size_t at)
{
    if (blob->rank == DET_WEIGHT_RANK)
        return det_fail(blob->reader.message, DET_ERROR_MODEL,
                        "byte %zu: blob \"%s\" has more than %d dimensions", at,
                        blob->name, DET_WEIGHT_RANK);
    if (side > INT32_MAX)
        return det_fail(blob->reader.message, DET_ERROR_MODEL,
                        "byte %zu: a side of blob \"%s\" is %lld", at,
                        blob->name, (long long)side);
    blob->shape[blob->rank++] = (int64_t)side;
    return DET_OK;
}

static det_status add_packed_sides(struct blob *blob,
                                   const struct det_protobuf_field *field)
{
    for (size_t at = 0; at < field->size;) {
        uint64_t side;
        if (!det_varint_read(&side, field->data, field->size, &at))
            return det_fail(blob->reader.message, DET_ERROR_MODEL,
                            "byte %zu: a side of blob \"%s\" has no end",
                            field->at, blob->name);
        DET_TRY(add_side(blob, side, field->at));
    }
    return DET_OK;
}

static det_status read_shape(struct blob *blob,
                             const struct det_protobuf_field *shape)
{
    struct det_protobuf reader;
    struct det_protobuf_field field;
    bool found;
    DET_TRY(det_protobuf_enter(&reader, &blob->reader, shape));
    for (;;) {
        DET_TRY(det_protobuf_next(&reader, &field, &found));
        if (!found)
            return DET_OK;
        if (field.number != FIELD_DIM)
            continue;
        if (field.wire == DET_WIRE_VARINT)
            DET_TRY(add_side(blob, field.value, field.at));
        else if (field.wire == DET_WIRE_BYTES)
            DET_TRY(add_packed_sides(blob, &field));
    }
}

/* Blob::FromProto goes by the old sides when there is one of them. */
static det_status use_old_sides(struct blob *blob, size_t at)
{
    if (!blob->has_old_sides)
        return DET_OK;
    blob->rank = 0;
    for (int i = 0; i < FIELD_WIDTH; i++)
        DET_TRY(add_side(blob, (uint64_t)blob->old_sides[i], at));
    return DET_OK;
}

/* ------------------------------------------------------------------ numbers */

static det_status add_numbers(struct blob *blob, struct numbers *numbers,
                              const struct det_protobuf_field *field)
{
    const bool packed = field->wire == DET_WIRE_BYTES;
    const enum det_wire single =
        numbers->size == 8 ? DET_WIRE_FIXED64 : DET_WIRE_FIXED32;
    if ((!packed && field->wire != single) || field->size % numbers->size != 0)
        return det_fail(blob->reader.message, DET_ERROR_MODEL,
                        "byte %zu: blob \"%s\" holds %zu bytes of wire type "
                        "%d, which are not numbers of %zu bytes",
                        field->at, blob->name, field->size, (int)field->wire,
                        numbers->size);
    numbers->count += field->size / numbers->size; /* no more than bytes */
    numbers->data = field->data;
    numbers->pieces++;
    return DET_OK;
}

/* One array of numbers that lie apart. */
static det_status join_numbers(struct det_weights *out, const uint8_t **data,
                               const struct blob *blob,
                               const struct numbers *numbers)
{
    struct det_protobuf reader = blob->reader;
    struct det_protobuf_field field;
    struct det_message *message = reader.message;
    uint8_t *block;
    size_t at = 0;
    bool found;
    DET_TRY(det_allocate(&block, numbers->count, numbers->size, message));
    DET_TRY(det_weights_keep_block(out, block, message));
    for (;;) {
        DET_TRY(det_protobuf_next(&reader, &field, &found));
        if (!found)
            break;
        if (field.number != numbers->field || field.size == 0)
            continue;
        memcpy(block + at, field.data, field.size);
        at += field.size;
    }
    *data = block;
    return DET_OK;
}

/* --------------------------------------------------------------------- blob */

static det_status read_field(struct blob *blob,
                             const struct det_protobuf_field *field)
{
    switch (field->number) {
    case FIELD_DATA:
        return add_numbers(blob, &blob->floats, field);
    case FIELD_DOUBLE_DATA:
        return add_numbers(blob, &blob->doubles, field);
    case FIELD_SHAPE:
        return read_shape(blob, field);
    default:
        if (field->number <= FIELD_WIDTH && field->wire == DET_WIRE_VARINT) {
            blob->has_old_sides = true;
            blob->old_sides[field->number - 1] = (int64_t)field->value;
        }
        return DET_OK; /* gradients, and what later versions add */
    }
}

static det_status check_count(const struct blob *blob, size_t count,
                              const struct det_weight *weight)
{
    char sides[128] = "";
    size_t at = 0;
    if (det_weight_count(weight) == count)
        return DET_OK;
    for (int32_t i = 0; i < weight->rank; i++)
        at += (size_t)snprintf(sides + at, sizeof sides - at,
                               i ? " x %lld" : "%lld",
                               (long long)weight->shape[i]);
    return det_fail(blob->reader.message, DET_ERROR_MODEL,
                    "byte %zu: blob \"%s\" has shape [%s] and %zu numbers",
                    blob->reader.base, blob->name, sides, count);
}

/* Caffe takes the doubles when there are any. */
static det_status add_blob(struct det_weights *out, const struct blob *blob)
{
    const struct numbers *numbers =
        blob->doubles.count ? &blob->doubles : &blob->floats;
    size_t extent;
    struct det_weight weight = {.name = blob->name,
                                .dtype = numbers->size == 8 ? DET_DTYPE_F64
                                                            : DET_DTYPE_F32,
                                .rank = blob->rank,
                                .data = numbers->data};
    memcpy(weight.shape, blob->shape, sizeof weight.shape);
    if (!det_weight_set_contiguous(&weight) ||
        !det_weight_extent(&extent, &weight)) /* sides beside a 0 may be huge */
        return det_fail(blob->reader.message, DET_ERROR_MODEL,
                        "byte %zu: blob \"%s\" is too large", blob->reader.base,
                        blob->name);
    DET_TRY(check_count(blob, numbers->count, &weight));
    if (numbers->pieces > 1)
        DET_TRY(join_numbers(out, &weight.data, blob, numbers));
    return det_weights_add(out, &weight, blob->reader.message);
}

det_status det_caffe_blob_add(struct det_weights *out,
                              struct det_protobuf *reader, char *name)
{
    struct blob blob = {.reader = *reader,
                        .name = name,
                        .floats = {.field = FIELD_DATA, .size = 4},
                        .doubles = {.field = FIELD_DOUBLE_DATA, .size = 8}};
    struct det_protobuf_field field;
    bool found;
    for (;;) {
        DET_TRY(det_protobuf_next(reader, &field, &found));
        if (!found)
            break;
        DET_TRY(read_field(&blob, &field));
    }
    DET_TRY(use_old_sides(&blob, blob.reader.base));
    return add_blob(out, &blob);
}
