/* SPDX-License-Identifier: MIT */
#include "weights/hdf5_array.h"

#include <string.h>

#include "base/checked.h"

#define FAIL(part, ...)                                                        \
    det_fail((part).file->message, DET_ERROR_MODEL, __VA_ARGS__)

/* -------------------------------------------------------------------- shape */

static det_status take_side(struct det_weight *out,
                            struct det_hdf5_part *dataspace)
{
    const size_t at = dataspace->at;
    uint64_t side = 0;
    DET_TRY(det_hdf5_take(dataspace, &side, 8));
    if (side > INT32_MAX)
        return FAIL(*dataspace, "byte %zu: a side of blob \"%s\" is %llu", at,
                    out->name, (unsigned long long)side);
    out->shape[out->rank++] = (int64_t)side;
    return DET_OK;
}

/* Rank and sides; how far an array may grow follows them and is not read. */
static det_status read_shape(struct det_weight *out,
                             struct det_hdf5_part dataspace)
{
    enum { NO_NUMBERS = 2 };
    const size_t at = dataspace.at;
    uint64_t version = 0, rank = 0, kind = 0;
    DET_TRY(det_hdf5_take(&dataspace, &version, 1));
    DET_TRY(det_hdf5_take(&dataspace, &rank, 1));
    DET_TRY(det_hdf5_skip(&dataspace, 1)); /* flags */
    DET_TRY(det_hdf5_take(&dataspace, &kind, 1));
    if (version == 1)
        DET_TRY(det_hdf5_skip(&dataspace, 4));
    else if (version != 2 || kind == NO_NUMBERS)
        return FAIL(dataspace,
                    "byte %zu: blob \"%s\" has a dataspace of version %u and "
                    "kind %u, which is no shape",
                    at, out->name, (unsigned)version, (unsigned)kind);
    if (rank > DET_WEIGHT_RANK)
        return FAIL(dataspace,
                    "byte %zu: blob \"%s\" has %u dimensions; at most %d are "
                    "read",
                    at, out->name, (unsigned)rank, DET_WEIGHT_RANK);
    out->rank = 0;
    while (out->rank < (int32_t)rank)
        DET_TRY(take_side(out, &dataspace));
    return DET_OK;
}

/* ------------------------------------------------------------------ numbers */

enum {
    DATATYPE = 20,         /* bytes of a floating-point type */
    FLOATING_POINT = 1,    /* class, in the low half of byte 0 */
    BIG_ENDIAN_NUMBERS = 1 /* flag, in byte 1 */
};

/* Bytes 1 to 19 of IEEE's little-endian numbers: flags and the sign's place,
 * size; where the bits begin and how many they are, place and size of exponent
 * and mantissa, bias. */
static const struct {
    enum det_dtype dtype;
    uint8_t bytes[DATATYPE - 1];
} types[] = {
    {DET_DTYPE_F32,
     {0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}},
    {DET_DTYPE_F64,
     {0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0}},
};

static det_status read_type(struct det_weight *out,
                            struct det_hdf5_part datatype)
{
    const uint8_t *data = datatype.file->data + datatype.at;
    const size_t at = datatype.at;
    DET_TRY(det_hdf5_skip(&datatype, 8)); /* what all types begin with */
    if ((data[0] & 0x0f) != FLOATING_POINT)
        return FAIL(datatype,
                    "byte %zu: blob \"%s\" is of type class %d; only "
                    "floating-point numbers, class 1, are read",
                    at, out->name, data[0] & 0x0f);
    DET_TRY(det_hdf5_skip(&datatype, DATATYPE - 8));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (memcmp(data + 1, types[i].bytes, sizeof types[i].bytes) == 0) {
            out->dtype = types[i].dtype;
            return DET_OK;
        }
    return FAIL(datatype,
                "byte %zu: blob \"%s\" holds %s numbers of %d bytes; "
                "IEEE's little-endian ones of 4 or 8 bytes are read",
                at, out->name,
                data[1] & BIG_ENDIAN_NUMBERS ? "big-endian" : "floating-point",
                data[4]);
}

/* --------------------------------------------------------------------- data */

/* Inside the header, which has been entered. */
static det_status find_compact(struct det_hdf5_part *out,
                               struct det_hdf5_part layout)
{
    uint64_t size = 0;
    DET_TRY(det_hdf5_take(&layout, &size, 2));
    *out = layout;
    DET_TRY(det_hdf5_skip(&layout, (size_t)size));
    out->end = layout.at;
    return DET_OK;
}

static det_status find_contiguous(struct det_hdf5_part *out,
                                  struct det_hdf5_part layout,
                                  const struct det_weight *weight)
{
    const size_t at = layout.at;
    uint64_t address = 0, size = 0;
    DET_TRY(det_hdf5_take(&layout, &address, 8));
    DET_TRY(det_hdf5_take(&layout, &size, 8));
    if (address != DET_HDF5_NOWHERE)
        return det_hdf5_enter(out, layout.file, address, size, "blob");
    if (size != 0)
        return FAIL(layout,
                    "byte %zu: the numbers of blob \"%s\" were never written, "
                    "or into another file",
                    at, weight->name);
    *out = layout;
    out->end = out->at;
    return DET_OK;
}

static det_status find_data(struct det_hdf5_part *out,
                            struct det_hdf5_part layout,
                            const struct det_weight *weight)
{
    enum { COMPACT, CONTIGUOUS };
    const size_t at = layout.at;
    uint64_t kind = 0;
    DET_TRY(det_hdf5_expect_version(&layout, 3));
    DET_TRY(det_hdf5_take(&layout, &kind, 1));
    if (kind == COMPACT)
        return find_compact(out, layout);
    if (kind == CONTIGUOUS)
        return find_contiguous(out, layout, weight);
    return FAIL(layout,
                "byte %zu: blob \"%s\" is stored in chunks (layout class %u): "
                "store it without chunks, compression and room to grow",
                at, weight->name, (unsigned)kind);
}

static det_status check_size(const struct det_weight *weight,
                             const struct det_hdf5_part *data)
{
    size_t bytes, extent;
    if (!det_weight_extent(&extent, weight) || /* sides beside a 0 */
        !det_checked_mul(&bytes, extent, det_dtype_size(weight->dtype)))
        return FAIL(*data, "byte %zu: blob \"%s\" is too large", data->at,
                    weight->name);
    if (bytes != data->end - data->at)
        return FAIL(*data,
                    "byte %zu: blob \"%s\" has %zu numbers of %s and %zu bytes "
                    "for them",
                    data->at, weight->name, det_weight_count(weight),
                    det_dtype_name(weight->dtype), data->end - data->at);
    return DET_OK;
}

det_status det_hdf5_array_read(struct det_weight *out,
                               const struct det_hdf5_object *object)
{
    struct det_hdf5_part data;
    if (!object->dataspace.file || !object->datatype.file ||
        !object->layout.file)
        return det_fail(object->file->message, DET_ERROR_MODEL,
                        "byte %zu: \"%s\" is neither an array nor a group with "
                        "a symbol table: write the file with libver "
                        "\"earliest\" and without track_order",
                        object->at, out->name);
    DET_TRY(read_shape(out, object->dataspace));
    DET_TRY(read_type(out, object->datatype));
    DET_TRY(find_data(&data, object->layout, out));
    if (!det_weight_set_contiguous(out))
        return FAIL(data, "byte %zu: blob \"%s\" is too large", data.at,
                    out->name);
    DET_TRY(check_size(out, &data));
    out->data = data.file->data + data.at;
    return DET_OK;
}
